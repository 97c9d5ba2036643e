import { AsyncLocalStorage } from 'node:async_hooks';
import { ResourceEvents, ResourceRegistry } from '@nestjs-resources/core';
import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';

/** What one load has brought until now. */
interface Load {
  readonly instances: object[];
  /** Names of what it has registered. */
  readonly names: string[];
  /** Whether it has come to its end: what it has begun may outlive it, and is no part of it any more. */
  over: boolean;
}

/**
 * Lets a module that is loaded lazily come as a whole or not at all: its decorated methods are mounted when all of it is
 * there, and what a load that fails has registered until then is closed again, so that it can be tried once more.
 *
 * Nest tells nobody how a load ends, so that is heard at the loader itself.
 */
@Injectable()
export class LazyLoads {
  /** Loads may overlap; each knows its own. */
  private readonly current = new AsyncLocalStorage<Load>();
  private running = 0;

  constructor(
    private readonly loader: LazyModuleLoader,
    private readonly registry: ResourceRegistry,
    private readonly events: ResourceEvents,
  ) {}

  /** @param mount - gets each instance that was reported, once all of its module is there */
  follow(mount: (instance: object) => void): void {
    const { loader } = this;
    const load = loader.load.bind(loader);
    loader.load = (...args) => this.run(() => load(...args), mount);
    this.events.subscribe(({ resource }) => void this.underWay?.names.push(resource as string), {
      type: 'resource.registered',
    });
  }

  /** Whether a load has taken the instance, to mount it later. */
  take(instance: object): boolean {
    return this.underWay?.instances.push(instance) !== undefined;
  }

  private get underWay(): Load | undefined {
    const load = this.current.getStore();
    return load?.over ? undefined : load;
  }

  private async run<R>(load: () => Promise<R>, mount: (instance: object) => void): Promise<R> {
    const own: Load = { instances: [], names: [], over: false };
    this.running++;
    return this.current.run(own, async () => {
      try {
        const reference = await load();
        for (const instance of own.instances) mount(instance);
        return reference;
      } catch (error) {
        await this.takeBack(own.names);
        throw error;
      } finally {
        own.over = true;
        // Before Node 24 one that is in use makes every promise of the process dearer.
        if (--this.running === 0) this.current.disable();
      }
    });
  }

  /** What came last may depend on what came before it. */
  private async takeBack(names: readonly string[]): Promise<void> {
    for (const name of names.toReversed()) {
      if (this.registry.has(name)) await this.registry.unregister(name);
    }
  }
}
