import type {
  Clock,
  PoolOptions,
  RegisterOptions,
  ResourceEventsOptions,
  ResourceMonitorOptions,
} from '@nestjs-resources/core';
import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Provider, Type } from '@nestjs/common';

import type { BreakerRule } from './guard/guard.js';

/** What `definePool` returns, whatever its resource. */
export interface AnyPoolDefinition {
  readonly kind: 'pool-definition';
  readonly options: object;
}

/** Resources and their names. One name stands for one resource, of whatever kind, in the whole application. */
export interface ResourceDeclarations {
  /** Pools, made with `definePool`; injected by `@InjectPool(name)`. */
  readonly pools?: Readonly<Record<string, AnyPoolDefinition>>;
  /** Circuit breakers; injected by `@InjectCircuitBreaker(name)`, used by `@CircuitBreaker(name)`. */
  readonly breakers?: Readonly<Record<string, BreakerRule>>;
  /** Resources of your own, cold: the registry starts, watches and closes them. Injected by `@InjectResource(name)`. */
  readonly resources?: Readonly<Record<string, object>>;
  /** Place in the start and stop order, and criticality, by the names above. */
  readonly registration?: Readonly<Record<string, RegisterOptions>>;
}

/** Defaults for what is declared; each declaration may say otherwise. */
export interface ResourceDefaults {
  readonly pool?: Partial<Omit<PoolOptions<never>, 'name' | 'create'>>;
  readonly breaker?: BreakerRule;
}

/** Time given to the end of the application. */
export interface ShutdownOptions {
  /** Milliseconds from the first sign of the end until whatever is left is forced. @default 25_000 */
  readonly timeout?: number;
  /** Milliseconds for which requests are still served after readiness has turned false. @default 0 */
  readonly readinessDelay?: number;
}

/** What `forRootAsync` delivers. */
export interface ResourceOptions extends ResourceDeclarations {
  /** Configurations that breakers share by `config: name`; one may build on another in the same way. */
  readonly configs?: Readonly<Record<string, BreakerRule>>;
  readonly defaults?: ResourceDefaults;
  /** How many circuit breakers there may be; names that come from data would otherwise fill the memory. @default 1_000 */
  readonly maxBreakers?: number;
  /** Milliseconds for the start of all resources. @default 120_000 */
  readonly startTimeout?: number;
  readonly shutdown?: ShutdownOptions;
  readonly monitor?: Omit<ResourceMonitorOptions, 'events' | 'clock' | 'random'>;
  readonly events?: Omit<ResourceEventsOptions, 'clock'>;
  /** Time for everything the module makes; for tests. @default systemClock */
  readonly clock?: Clock;
}

export interface ResourceModuleOptions extends ResourceOptions {
  /**
   * Whether pools, breakers and resources can be injected everywhere. Otherwise a module that injects them says so by
   * `forFeature({ use })`. The services (`ResourceRegistry`, `PoolService`, …) always can. @default true
   */
  readonly isGlobal?: boolean;
}

/** Names without what they stand for. */
export interface ResourceNames {
  readonly pools?: readonly string[];
  readonly breakers?: readonly string[];
  readonly resources?: readonly string[];
}

export interface ResourceFeatureOptions extends ResourceDeclarations {
  /** Makes what is declared elsewhere injectable in the module that imports this. Makes nothing new. */
  readonly use?: ResourceNames;
}

/** Makes the options, for `useClass` and `useExisting`. */
export interface ResourceOptionsFactory {
  createResourceOptions(): ResourceOptions | Promise<ResourceOptions>;
}

export type FactoryToken = InjectionToken | OptionalFactoryDependency;

/** What Nest gives a factory for a token. */
export type Injected<Token> = Token extends { readonly token: infer Inner; readonly optional: true }
  ? Injected<Inner> | undefined
  : Token extends { readonly token: infer Inner }
    ? Injected<Inner>
    : Token extends abstract new (...args: never[]) => infer Instance
      ? Instance
      : // oxlint-disable-next-line typescript/no-explicit-any -- a text says nothing of its type; anything stricter refuses factories that do
        any;

/**
 * Names are static, because tokens are made before factories run; settings come later. A name promised here and not
 * delivered by the factory, or the reverse, stops the boot.
 */
export interface ResourceModuleAsyncOptions<Tokens extends readonly FactoryToken[] = readonly FactoryToken[]>
  extends ResourceNames, Pick<ModuleMetadata, 'imports'>, Pick<ResourceModuleOptions, 'isGlobal'> {
  /** Injected into `useFactory`; its parameters are typed by it. */
  readonly inject?: readonly [...Tokens];
  readonly useFactory?: (
    ...args: { [Index in keyof Tokens]: Injected<Tokens[Index]> }
  ) => ResourceOptions | Promise<ResourceOptions>;
  readonly useClass?: Type<ResourceOptionsFactory>;
  readonly useExisting?: Type<ResourceOptionsFactory>;
  /** Provided to the factory alone. */
  readonly extraProviders?: readonly Provider[];
}
