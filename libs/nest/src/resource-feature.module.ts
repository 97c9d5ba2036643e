import { type DynamicModule, Module } from '@nestjs/common';

import { namesOf } from './resource-names.js';
import type { ResourceFeatureOptions } from './resource-options.interface.js';
import { aliasProviders, namedProviders, registrationProvider, tokensOf } from './resource.providers.js';
import { FEATURE_DECLARATION } from './resource.tokens.js';

const REGISTRATION = 'RESOURCE_FEATURE_REGISTRATION';

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
        ...namedProviders(names, { inject: [], of: () => options }),
        registrationProvider(REGISTRATION, names, options.registration),
        ...aliasProviders(used),
      ],
      exports: [...tokensOf(names), ...tokensOf(used)],
    };
  }
}
