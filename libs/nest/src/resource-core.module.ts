import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';

import { ConfigurableCoreModule } from './resource.module-definition.js';

/**
 * Owns everything there is once per application. Always global, because features and guarded methods of all modules depend
 * on it, and because Nest starts global modules first and stops them last. Not public: see {@link ResourceModule}.
 */
@Global()
@Module({ imports: [DiscoveryModule] })
export class ResourceCoreModule extends ConfigurableCoreModule {}
