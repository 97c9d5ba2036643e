import { OptionsError, refuseNonObject } from '@nestjs-resources/core';
import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';

import { ResourceCoreModule } from './resource-core.module.js';
import { ResourceFeatureModule } from './resource-feature.module.js';
import { checkNames, namesOf } from './resource-names.js';
import type {
  FactoryToken,
  ResourceFeatureOptions,
  ResourceModuleAsyncOptions,
  ResourceModuleOptions,
  ResourceNames,
  ResourceOptionsFactory,
} from './resource-options.interface.js';
import { messages } from './resource.messages.js';
import { aliasProviders, tokensOf } from './named.providers.js';
import { LATE_INSTANCES } from './resource.tokens.js';

/**
 * Gives what an application shares a name, a pool, a circuit breaker, health, and a place in the start and stop order.
 *
 * @example
 * @Module({
 *   imports: [
 *     ResourceModule.forRoot({
 *       pools: { smtp: definePool({ create: openSmtp, destroy: (client) => client.quit(), maxSize: 10 }) },
 *       breakers: { payments: { failureThreshold: 5, recoveryTimeout: 30_000 } },
 *     }),
 *   ],
 * })
 * export class AppModule {}
 */
@Module({})
export class ResourceModule {
  /** Nest gives it something if there is a root. @throws {OptionsError} if it was imported without `forRoot()` */
  constructor(@Optional() @Inject(LATE_INSTANCES) root?: unknown) {
    if (root === undefined) throw new OptionsError('ResourceModule', [{ option: '', problem: messages.rootMissing }]);
  }

  /** Configures the resources of the application. Import it once, in the root module. */
  static forRoot(options: ResourceModuleOptions = {}): DynamicModule {
    refuseNonObject('ResourceModule.forRoot', options);
    const { isGlobal, ...rest } = options;
    const names = namesOf(options);
    return facade(ResourceCoreModule.forRoot({ ...rest, names }), names, isGlobal);
  }

  /**
   * Configures the resources by a factory. Their names are given beside it, because tokens are made before factories run.
   *
   * @example
   * ResourceModule.forRootAsync({
   *   pools: ['smtp'],
   *   imports: [ConfigModule.forFeature(smtpConfig)],
   *   inject: [smtpConfig.KEY],
   *   useFactory: (smtp: ConfigType<typeof smtpConfig>) => ({
   *     pools: { smtp: definePool({ create: ({ signal }) => openSmtp(smtp, signal), destroy: (client) => client.quit() }) },
   *   }),
   * })
   */
  static forRootAsync<const Tokens extends readonly FactoryToken[] = readonly []>(
    options: ResourceModuleAsyncOptions<Tokens>,
  ): DynamicModule {
    refuseNonObject(ASYNC, options);
    const { isGlobal, pools, breakers, resources, ...source } = options as ResourceModuleAsyncOptions;
    checkSource(source);
    const names: ResourceNames = {
      ...(pools && { pools }),
      ...(breakers && { breakers }),
      ...(resources && { resources }),
    };
    checkNames(ASYNC, names);
    return facade(
      ResourceCoreModule.forRootAsync({ ...byFactory(source), names } as CoreAsyncOptions),
      names,
      isGlobal,
    );
  }

  /**
   * Declares what one part of the application brings along, or makes what is declared elsewhere injectable there.
   *
   * @example
   * ResourceModule.forFeature({ breakers: { gateway: { timeout: 2_000 } }, use: { pools: ['smtp'] } })
   */
  static forFeature(options: ResourceFeatureOptions): DynamicModule {
    refuseNonObject('ResourceModule.forFeature', options);
    checkNames('ResourceModule.forFeature', options.use ?? {}, 'use.');
    return ResourceFeatureModule.of(options);
  }
}

const ASYNC = 'ResourceModule.forRootAsync';

/** @throws {OptionsError} if the options come from nowhere, or from several places */
function checkSource(source: Pick<ResourceModuleAsyncOptions, 'useFactory' | 'useClass' | 'useExisting'>): void {
  const given = (['useFactory', 'useClass', 'useExisting'] as const).filter((key) => typeof source[key] === 'function');
  if (given.length === 1) return;
  const problem = given.length === 0 ? messages.noOptionsSource : messages.twoOptionsSources(given.join(' and '));
  throw new OptionsError(ASYNC, [{ option: '', problem }]);
}

/** A class is asked by us, not by Nest: Nest does not say what is missing. */
function byFactory({ useClass, useExisting, ...source }: ResourceModuleAsyncOptions): object {
  const from = useClass ?? useExisting;
  if (!from) return source;
  const useFactory = (factory: ResourceOptionsFactory): unknown => {
    const given: Partial<ResourceOptionsFactory> | undefined = factory;
    if (typeof given?.createResourceOptions === 'function') return given.createResourceOptions();
    const option = useClass ? 'useClass' : 'useExisting';
    throw new OptionsError(ASYNC, [{ option, problem: messages.noOptionsFactory(from.name) }]);
  };
  return { ...source, useFactory, inject: [from], ...(useClass && { extraProviders: [useClass] }) };
}

type CoreAsyncOptions = Parameters<typeof ResourceCoreModule.forRootAsync>[0];

/** What the importing module sees, and with `isGlobal` everybody. */
function facade(core: DynamicModule, names: ResourceNames, isGlobal = true): DynamicModule {
  return {
    module: ResourceModule,
    global: isGlobal,
    imports: [core],
    providers: aliasProviders(names),
    exports: tokensOf(names),
  };
}
