import { type DynamicModule, Module } from '@nestjs/common';
import { OptionsError } from '@nestjs-resources/core';

import { ResourceCoreModule } from './resource-core.module.js';
import { ResourceFeatureModule } from './resource-feature.module.js';
import { namesOf } from './resource-names.js';
import type {
  FactoryToken,
  ResourceFeatureOptions,
  ResourceModuleAsyncOptions,
  ResourceModuleOptions,
  ResourceNames,
} from './resource-options.interface.js';
import { messages } from './resource.messages.js';
import { aliasProviders, tokensOf } from './named.providers.js';

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
  /** Configures the resources of the application. Import it once, in the root module. */
  static forRoot(options: ResourceModuleOptions = {}): DynamicModule {
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
    const { isGlobal, pools, breakers, resources, ...source } = options as ResourceModuleAsyncOptions;
    if (!source.useFactory && !source.useClass && !source.useExisting) {
      throw new OptionsError('ResourceModule.forRootAsync', [{ option: '', problem: messages.noOptionsSource }]);
    }
    const names: ResourceNames = {
      ...(pools && { pools }),
      ...(breakers && { breakers }),
      ...(resources && { resources }),
    };
    return facade(ResourceCoreModule.forRootAsync({ ...source, names } as CoreAsyncOptions), names, isGlobal);
  }

  /**
   * Declares what one part of the application brings along, or makes what is declared elsewhere injectable there.
   *
   * @example
   * ResourceModule.forFeature({ breakers: { gateway: { timeout: 2_000 } }, use: { pools: ['smtp'] } })
   */
  static forFeature(options: ResourceFeatureOptions): DynamicModule {
    return ResourceFeatureModule.of(options);
  }
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
