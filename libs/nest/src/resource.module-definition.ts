import { ConfigurableModuleBuilder, type Provider } from '@nestjs/common';

import type { ResourceNames, ResourceOptions } from './resource-options.interface.js';
import { createCoreProviders, PUBLIC_SERVICES, tokensOf } from './resource.providers.js';
import { getSharedToken, GUARDED_CALLS, RESOURCE_MODULE_OPTIONS } from './resource.tokens.js';
import { ResourceBlueprint } from './resource.blueprint.js';
import { ResourceFactory } from './resource.factory.js';

const none: ResourceNames = {};

/** The static methods of the core module. Names are extras: they are known before the options are. */
export const { ConfigurableModuleClass: ConfigurableCoreModule } = new ConfigurableModuleBuilder<ResourceOptions>({
  optionsInjectionToken: RESOURCE_MODULE_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createResourceOptions')
  .setExtras({ names: none, extraProviders: [] as Provider[] }, (definition, { names, extraProviders }) => ({
    ...definition,
    providers: [...(definition.providers ?? []), ...extraProviders, ...createCoreProviders(names)],
    exports: [...PUBLIC_SERVICES, ...INTERNALS, ...tokensOf(names).map(getSharedToken)],
  }))
  .build();

/** What features and guarded methods depend on. */
const INTERNALS = [GUARDED_CALLS, ResourceBlueprint, ResourceFactory];
