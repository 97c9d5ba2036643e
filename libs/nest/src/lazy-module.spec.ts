import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, jest } from '@jest/globals';
import { Injectable, Module, Scope } from '@nestjs/common';
import { LazyModuleLoader, ModuleRef } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';

import {
  type CallContext,
  CircuitBreaker,
  type ConnectionPool,
  definePool,
  type EventRecord,
  type Health,
  InjectPool,
  ManagedTask,
  OnResourceEvent,
  ResourceHealthCheck,
  ResourceModule,
  ResourceMonitor,
  ResourceRegistry,
} from './index.js';

const journal: string[] = [];

const later = <R>(value: R): Promise<R> => new Promise((resolve) => setImmediate(resolve, value));

@Injectable()
class Reports {
  constructor(@InjectPool('renderers') readonly renderers: ConnectionPool<object>) {}

  @ManagedTask({ name: 'nightly' })
  async nightly({ signal }: CallContext): Promise<void> {
    journal.push('nightly');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    journal.push('stopped');
  }

  @ResourceHealthCheck('templates')
  check(): Health {
    return { status: 'DEGRADED', reason: 'old' };
  }

  @OnResourceEvent('resource.started')
  hear({ resource }: EventRecord): void {
    journal.push(`heard ${resource}`);
  }

  @CircuitBreaker('unknown')
  async render(): Promise<void> {}
}

@Module({
  imports: [ResourceModule.forFeature({ pools: { renderers: definePool({ create: () => ({}) }) } })],
  providers: [Reports],
  exports: [Reports],
})
class ReportsModule {}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @OnResourceEvent()
  hear(): void {}
}

@Module({ providers: [PerRequest] })
class PerRequestModule {}

async function boot(): Promise<TestingModule> {
  journal.length = 0;
  const app = await Test.createTestingModule({
    imports: [ResourceModule.forRoot({ breakers: { known: {} } })],
  }).compile();
  return app.init();
}

describe('a module that is loaded lazily', () => {
  it('brings its pools, tasks, health checks and listeners with it, once', async () => {
    const app = await boot();
    const loader = app.get(LazyModuleLoader);
    const reference = await loader.load(() => ReportsModule);
    await loader.load(() => ReportsModule);
    const registry = app.get(ResourceRegistry);
    await registry.started('renderers');
    expect(reference.get(Reports).renderers.state).toBe('running');
    expect(registry.entry('nightly').state).toBe('running');
    await app.get(ResourceMonitor).refresh('templates');
    expect(app.get(ResourceMonitor).getResourceHealth('templates')).toBe('DEGRADED');
    registry.register('later', {});
    expect(journal.filter((line) => line === 'nightly')).toHaveLength(1);
    expect(journal.filter((line) => line === 'heard later')).toHaveLength(1);
    await app.close();
    expect(journal).toContain('stopped');
    expect(registry.list().map(({ state }) => state)).toEqual(registry.list().map(() => 'closed'));
  });

  it('comes as a whole or not at all, and may be tried again', async () => {
    let broken = true;
    @Injectable()
    class Printers {
      constructor(_reports: Reports) {
        if (broken) throw new Error('out of paper');
      }
    }
    @Module({ imports: [ReportsModule], providers: [Printers] })
    class PrintersModule {}
    const app = await boot();
    const loader = app.get(LazyModuleLoader);
    const registry = app.get(ResourceRegistry);
    await expect(loader.load(() => PrintersModule)).rejects.toThrow('out of paper');
    expect(registry.list().map(({ name }) => name)).toEqual(['known']);
    expect(journal).toEqual([]);
    broken = false;
    await loader.load(() => ReportsModule);
    await registry.started('nightly');
    expect(registry.list().map(({ name, state }) => [name, state])).toEqual([
      ['known', 'running'],
      ['renderers', 'running'],
      ['nightly', 'running'],
    ]);
    await app.close();
  });

  it('says at the first call that a circuit breaker is unknown', async () => {
    const app = await boot();
    const reference = await app.get(LazyModuleLoader).load(() => ReportsModule);
    await expect(reference.get(Reports).render()).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
    await app.close();
  });

  it('is refused when it declares a name that is taken', async () => {
    const app = await boot();
    const declares = ResourceModule.forFeature({ breakers: { known: {} } });
    await expect(app.get(LazyModuleLoader).load(() => declares)).rejects.toMatchObject({ code: 'RESOURCE_EXISTS' });
    await app.close();
  });

  it('is told if it decorates what has no one instance', async () => {
    const app = await boot();
    const reference = await app.get(LazyModuleLoader).load(() => PerRequestModule);
    await expect(reference.resolve(PerRequest)).rejects.toThrow('request-scoped or transient');
    await app.close();
  });

  it('leaves nothing behind in the async contexts of the process, also beside another one', async () => {
    @Module({})
    class Quick {}
    @Module({})
    class Slow {}
    const app = await boot();
    const loader = app.get(LazyModuleLoader);
    const disabled = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
    const both = [loader.load(() => Quick), loader.load(() => Promise.resolve(Slow).then(later))];
    await both[0];
    expect(disabled).not.toHaveBeenCalled();
    await both[1];
    expect(disabled).toHaveBeenCalledTimes(1);
    disabled.mockRestore();
    await app.close();
  });

  it('is another thing than an instance that nobody provides', async () => {
    const app = await boot();
    await app.get(LazyModuleLoader).load(() => ReportsModule);
    await app.get(ModuleRef).create(PerRequest);
    expect(journal.filter((line) => line === 'nightly')).toHaveLength(1);
    await app.close();
  });
});

describe('decorated methods in an application without ResourceModule', () => {
  it('are methods', async () => {
    @Injectable()
    class Plain {
      @OnResourceEvent()
      hear(): string {
        return 'as ever';
      }
    }
    const app = await Test.createTestingModule({ providers: [Plain] }).compile();
    expect(app.get(Plain).hear()).toBe('as ever');
  });
});
