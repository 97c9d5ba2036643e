import { ResourceManager } from '@nestjs-resources/core';
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';

import { ResourceExplorer } from './resource.explorer.js';
import { ResourceLog } from './resource.log.js';

/**
 * The only owner of lifecycle hooks in this package: which phase of the manager belongs to which step of Nest. What the
 * phases do, and in which order resources start and stop, is the manager's and the registry's.
 *
 * Pools close in `onApplicationShutdown`, because Nest lets requests in flight finish just before it.
 */
@Injectable()
export class ResourceLifecycle
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly explorer: ResourceExplorer,
    private readonly log: ResourceLog,
    private readonly manager: ResourceManager,
  ) {}

  async onModuleInit(): Promise<void> {
    this.log.mount();
    this.explorer.mount();
    await this.manager.initialize();
  }

  onApplicationBootstrap(): void {
    this.manager.ready();
  }

  onModuleDestroy(): void {
    this.manager.quiesce();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.manager.settle();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.manager.shutdown();
  }
}
