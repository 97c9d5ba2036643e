import { ResourceRegistry } from '@nestjs-resources/core';
import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';

import { aliasProviders, instancesOf, namedProviders, registerInstances, tokensOf } from './named.providers.js';
import { namesOf } from './resource-names.js';
import type { ResourceFeatureOptions } from './resource-options.interface.js';
import { FEATURE_DECLARATION } from './resource.tokens.js';

/** What one feature declares into the registry of the root, and what it aliases of the root. Not public. */
@Module({})
export class ResourceFeatureModule {
  static of(options: ResourceFeatureOptions): DynamicModule {
    const names = namesOf(options);
    const used = options.use ?? {};
    return {
      module: ResourceFeatureModule,
      providers: [
        { provide: FEATURE_DECLARATION, useValue: options },
        ...namedProviders(names, FEATURE_DECLARATION),
        ...aliasProviders(used),
        registration(options),
      ],
      exports: [...tokensOf(names), ...tokensOf(used)],
    };
  }
}

/** Has no value of its own: that it is made is what registers. */
function registration(options: ResourceFeatureOptions): FactoryProvider<true> {
  const names = namesOf(options);
  return {
    provide: 'RESOURCE_FEATURE_REGISTRATION',
    inject: [ResourceRegistry, ...instancesOf(names).map(({ token }) => token)],
    useFactory: (registry: ResourceRegistry, ...instances: object[]) => {
      registerInstances(registry, names, instances, options.registration);
      return true;
    },
  };
}
