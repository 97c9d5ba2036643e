import {
  ResourceEvents,
  ResourceManager,
  ResourceMonitor,
  ResourceRegistry,
  systemClock,
  type Clock,
  type RegisterOptions,
} from '@nestjs-resources/core';
import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';

import { GROUPS, type Group } from './blueprint/declaration.js';
import { CircuitBreakerService } from './circuit-breaker.service.js';
import { GuardedCalls } from './guard/guarded-calls.js';
import { PoolService } from './pool.service.js';
import { ResourceBlueprint } from './resource.blueprint.js';
import { ResourceExplorer } from './resource.explorer.js';
import { ResourceFactory } from './resource.factory.js';
import { ResourceHealthIndicator } from './resource.health.js';
import { ResourceLifecycle } from './resource.lifecycle.js';
import { ResourceLog } from './resource.log.js';
import { ResourceEventStream } from './resource-event-stream.js';
import { ResourceMetadataAccessor } from './resource-metadata.accessor.js';
import type { ResourceDeclarations, ResourceNames, ResourceOptions } from './resource-options.interface.js';
import {
  DECLARED_NAMES,
  getCircuitBreakerToken,
  getPoolToken,
  getResourceToken,
  getSharedToken,
  GUARDED_CALLS,
  RESOURCE_MODULE_OPTIONS,
} from './resource.tokens.js';

const tokenOf: Readonly<Record<Group, (name: string) => string>> = {
  pools: getPoolToken,
  breakers: getCircuitBreakerToken,
  resources: getResourceToken,
};

/** Injectable everywhere, whatever is global. */
export const PUBLIC_SERVICES: InjectionToken[] = [
  ResourceRegistry,
  ResourceMonitor,
  ResourceManager,
  ResourceEvents,
  ResourceEventStream,
  ResourceHealthIndicator,
  PoolService,
  CircuitBreakerService,
];

/** What the core module provides for the names of the root. */
export function createCoreProviders(names: ResourceNames): Provider[] {
  return [
    { provide: DECLARED_NAMES, useValue: names },
    ResourceFactory,
    ResourceMetadataAccessor,
    ResourceBlueprint,
    ...namedProviders(names, { inject: [RESOURCE_MODULE_OPTIONS], of: (options) => options as ResourceDeclarations }),
    ...tokensOf(names).map((token) => ({ provide: getSharedToken(token), useExisting: token })),
    eventsProvider,
    registryProvider(names),
    monitorProvider,
    managerProvider,
    guardedCallsProvider,
    PoolService,
    CircuitBreakerService,
    ResourceEventStream,
    ResourceHealthIndicator,
    ResourceLog,
    ResourceExplorer,
    ResourceLifecycle,
  ];
}

/** Where the declarations behind names are to be found. */
interface Declared {
  readonly inject: InjectionToken[];
  readonly of: (injected: unknown) => ResourceDeclarations;
}

/**
 * A provider for each name, cold, and for each an alias by `getResourceToken`. Each depends on the blueprint, so that
 * nothing is made of wrong options. A test that overrides one of them never runs its factory.
 */
export function namedProviders(names: ResourceNames, declared: Declared): Provider[] {
  const provider = (
    token: string,
    make: (factory: ResourceFactory, all: ResourceDeclarations) => unknown,
  ): Provider => ({
    provide: token,
    inject: [ResourceFactory, ResourceBlueprint, ...declared.inject],
    useFactory: (factory: ResourceFactory, _checked: ResourceBlueprint, injected: unknown) =>
      make(factory, declared.of(injected)),
  });
  const { pools = [], breakers = [], resources = [] } = names;
  return [
    ...pools.map((name) =>
      provider(getPoolToken(name), (factory, all) => factory.createPool(name, present(all.pools, name))),
    ),
    ...breakers.map((name) =>
      provider(getCircuitBreakerToken(name), (factory, all) => factory.createBreaker(name, all.breakers?.[name])),
    ),
    ...resources.map((name) => provider(getResourceToken(name), (_factory, all) => present(all.resources, name))),
    ...pools.map((name) => ({ provide: getResourceToken(name), useExisting: getPoolToken(name) })),
    ...breakers.map((name) => ({ provide: getResourceToken(name), useExisting: getCircuitBreakerToken(name) })),
  ];
}

/** Aliases, in another module, of what the root provides. Aliases only: an instance has one provider. */
export function aliasProviders(names: ResourceNames): Provider[] {
  return tokensOf(names).map((token) => ({ provide: token, useExisting: getSharedToken(token) }));
}

/** All tokens by which names can be injected. */
export function tokensOf(names: ResourceNames): string[] {
  const own = GROUPS.flatMap((group) => (names[group] ?? []).map(tokenOf[group]));
  const asResource = [...(names.pools ?? []), ...(names.breakers ?? [])].map(getResourceToken);
  return [...own, ...asResource];
}

/** Tokens of names, each once, and the name for which it is registered. */
function registeredTokens(names: ResourceNames): [name: string, token: string][] {
  return GROUPS.flatMap((group) => (names[group] ?? []).map((name): [string, string] => [name, tokenOf[group](name)]));
}

/** Registers whatever the container holds under the tokens of `names`: a fake too, if a test has put one there. */
export function registrationProvider(
  token: InjectionToken,
  names: ResourceNames,
  registration: ResourceDeclarations['registration'],
): FactoryProvider {
  const named = registeredTokens(names);
  return {
    provide: token,
    inject: [ResourceRegistry, ...named.map(([, instance]) => instance)],
    useFactory: (registry: ResourceRegistry, ...instances: object[]) => {
      registerAll(
        registry,
        named.map(([name]) => name),
        instances,
        registration,
      );
      return instances.length;
    },
  };
}

function registryProvider(names: ResourceNames): FactoryProvider {
  const named = registeredTokens(names);
  return {
    provide: ResourceRegistry,
    inject: [
      RESOURCE_MODULE_OPTIONS,
      ResourceEvents,
      ResourceFactory,
      ResourceBlueprint,
      ...named.map(([, token]) => token),
    ],
    useFactory: (
      options: ResourceOptions,
      events: ResourceEvents,
      factory: ResourceFactory,
      blueprint: ResourceBlueprint,
      ...instances: object[]
    ) => {
      const registry = new ResourceRegistry({ events, clock: clockOf(options) });
      registerAll(
        registry,
        named.map(([name]) => name),
        instances,
        options.registration,
      );
      for (const [name, rule] of blueprint.decorated) registry.register(name, factory.createBreaker(name, rule));
      return registry;
    },
  };
}

function registerAll(
  registry: ResourceRegistry,
  names: readonly string[],
  instances: readonly object[],
  registration: Readonly<Record<string, RegisterOptions>> = {},
): void {
  names.forEach((name, index) => registry.register(name, instances[index] as object, registration[name]));
}

const eventsProvider: FactoryProvider = {
  provide: ResourceEvents,
  inject: [RESOURCE_MODULE_OPTIONS, ResourceBlueprint],
  useFactory: (options: ResourceOptions) => new ResourceEvents({ clock: clockOf(options), ...options.events }),
};

const monitorProvider: FactoryProvider = {
  provide: ResourceMonitor,
  inject: [RESOURCE_MODULE_OPTIONS, ResourceRegistry, ResourceEvents],
  useFactory: (options: ResourceOptions, registry: ResourceRegistry, events: ResourceEvents) =>
    new ResourceMonitor(registry, { ...options.monitor, events, clock: clockOf(options) }),
};

const managerProvider: FactoryProvider = {
  provide: ResourceManager,
  inject: [RESOURCE_MODULE_OPTIONS, ResourceRegistry, ResourceMonitor],
  useFactory: (options: ResourceOptions, registry: ResourceRegistry, monitor: ResourceMonitor) => {
    const { startTimeout, shutdown } = options;
    const given = { ...(startTimeout !== undefined && { startTimeout }), ...(shutdown && { shutdown }) };
    return new ResourceManager({ registry, monitor, clock: clockOf(options), ...given });
  },
};

const guardedCallsProvider: FactoryProvider = {
  provide: GUARDED_CALLS,
  inject: [CircuitBreakerService, RESOURCE_MODULE_OPTIONS],
  useFactory: (breakers: CircuitBreakerService, options: ResourceOptions) =>
    new GuardedCalls(
      ({ name, rule }) => (rule ? breakers.getOrCreate(name, rule) : breakers.get(name)),
      clockOf(options),
    ),
};

function clockOf({ clock }: ResourceOptions): Clock {
  return clock ?? systemClock;
}

/** The blueprint has seen to it that it is there. */
function present<V>(values: Readonly<Record<string, V>> | undefined, name: string): V {
  return values?.[name] as V;
}
