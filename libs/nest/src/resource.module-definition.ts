import { ConfigurableModuleBuilder, type Provider } from '@nestjs/common';

import { tokensOf } from './named.providers.js';
import type { ResourceNames, ResourceOptions } from './resource-options.interface.js';
import { createCoreProviders, PUBLIC_SERVICES, SHARED_INTERNALS } from './resource.providers.js';
import { getSharedToken, RESOURCE_MODULE_OPTIONS } from './resource.tokens.js';

/** What the core module is told beside the options: known before they are. */
interface CoreExtras {
  readonly names: ResourceNames;
  readonly extraProviders: readonly Provider[];
}

const nothing: CoreExtras = { names: {}, extraProviders: [] };

/** The static methods of the core module. */
export const { ConfigurableModuleClass: ConfigurableCoreModule } = new ConfigurableModuleBuilder<ResourceOptions>({
  optionsInjectionToken: RESOURCE_MODULE_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createResourceOptions')
  .setExtras(nothing, (definition, { names, extraProviders }) => ({
    ...definition,
    providers: [...(definition.providers ?? []), ...extraProviders, ...createCoreProviders(names)],
    exports: [...PUBLIC_SERVICES, ...SHARED_INTERNALS, ...tokensOf(names).map(getSharedToken)],
  }))
  .build();
