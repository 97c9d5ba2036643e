import { Module } from '@nestjs/common';

import { ResourceEventBridge } from './resource-event-bridge.js';

/**
 * Lets `@OnEvent` hear what happens to resources. Needs `ResourceModule.forRoot()` and `EventEmitterModule.forRoot()`.
 *
 * @example
 * imports: [EventEmitterModule.forRoot({ wildcard: true }), ResourceModule.forRoot(), ResourceEventEmitterModule]
 *
 * @OnEvent('breaker.**')
 * tell(event: EventRecord): void {}
 */
@Module({ providers: [ResourceEventBridge] })
export class ResourceEventEmitterModule {}
