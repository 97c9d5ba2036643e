import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import type { Resource } from '../resource/resource.js';
import type { BackgroundTask } from '../task/background-task.js';
import { managedBackgroundTask } from './managed-background-task.js';
import { managedConnectionPool } from './managed-connection-pool.js';
import { managedResource } from './managed-resource.js';

interface Journal extends Resource {
  readonly log: string[];
}

function journal(more: Resource = {}): Journal {
  const log: string[] = [];
  return { log, start: () => void log.push('start'), close: () => void log.push('close'), ...more };
}

const failing = (error: Error): Journal => {
  const made = journal({ close: () => (made.log.push('close'), Promise.reject(error)) });
  return made;
};

describe('a managed resource', () => {
  it('lives as long as its block', async () => {
    const registry = new ResourceRegistry();
    const resource = journal();
    {
      await using feed = await managedResource(registry, 'feed', resource);
      expect([feed.name, feed.resource, registry.entry('feed').state]).toEqual(['feed', resource, 'running']);
    }
    expect(resource.log).toEqual(['start', 'close']);
    expect(registry.has('feed')).toBe(false);
  });

  it('lives as long as its callback, which gives the result', async () => {
    const registry = new ResourceRegistry();
    const resource = journal();
    const result = await managedResource(registry, 'feed', resource, (given) => {
      expect(given).toBe(resource);
      return registry.has('feed') ? 42 : 0;
    });
    expect([result, registry.has('feed')]).toEqual([42, false]);
    expect(resource.log).toEqual(['start', 'close']);
  });

  it('takes its place among the others', async () => {
    const registry = new ResourceRegistry();
    registry.register('db', journal());
    await managedResource(registry, 'feed', journal(), { dependsOn: ['db'] }, () => {
      expect(registry.entry('db').state).toBe('running');
    });
  });

  it('is named after its class when it has no name', async () => {
    class PriceFeed {}
    const registry = new ResourceRegistry();
    await using first = await managedResource(registry, undefined, new PriceFeed());
    await using second = await managedResource(registry, undefined, new PriceFeed());
    expect([first.name, second.name]).toEqual(['PriceFeed_1', 'PriceFeed_2']);
  });

  it('is closed and unregistered when it does not start', async () => {
    const registry = new ResourceRegistry();
    const resource = journal({ start: () => Promise.reject(new Error('no')) });
    await expect(managedResource(registry, 'feed', resource)).rejects.toMatchObject({ failed: ['feed'] });
    expect(resource.log).toEqual(['close']);
    expect(registry.has('feed')).toBe(false);
  });

  it('does not mind that somebody else has closed it', async () => {
    const registry = new ResourceRegistry();
    const resource = journal();
    const other = journal();
    {
      await using _feed = await managedResource(registry, 'feed', resource);
      await registry.unregister('feed');
      registry.register('feed', other);
    }
    await managedResource(registry, 'closed', resource, () => registry.close());
    expect(resource.log).toEqual(['start', 'close', 'start', 'close']);
    expect(other.log).toEqual(['close']);
  });

  it('tells an error of the clean-up when the body had none', async () => {
    const torn = new Error('torn');
    const registry = new ResourceRegistry();
    await expect(managedResource(registry, 'feed', failing(torn), () => 1)).rejects.toBe(torn);
  });
});

describe('traps of managed resources', () => {
  it('B-CM-1: what cannot be registered is closed', async () => {
    const registry = new ResourceRegistry();
    registry.register('smtp', {});
    const pool = journal();
    await expect(managedConnectionPool(registry, 'smtp', () => pool)).rejects.toMatchObject({
      code: 'RESOURCE_EXISTS',
    });
    await registry.close();
    await expect(managedConnectionPool(registry, 'other', () => pool)).rejects.toMatchObject({
      code: 'REGISTRY_CLOSED',
    });
    expect(pool.log).toEqual(['close', 'close']);
  });

  it('B-CM-2: a close that fails neither keeps the name nor hides the error of the body', async () => {
    const registry = new ResourceRegistry();
    const torn = new Error('torn');
    const broken = new Error('body');
    const body = (): never => {
      throw broken;
    };
    await expect(managedResource(registry, 'feed', failing(torn), body)).rejects.toBe(broken);
    const told = registry.events.since(0, { type: 'resource.close.failed' });
    expect(told).toMatchObject([{ resource: 'feed', error: { message: 'torn' } }]);
    const inBlock = async (): Promise<void> => {
      await using _feed = await managedResource(registry, 'feed', failing(torn));
      body();
    };
    await expect(inBlock()).rejects.toMatchObject({ name: 'SuppressedError', error: torn, suppressed: broken });
    expect(registry.has('feed')).toBe(false);
    await expect(managedResource(registry, 'feed', journal(), body)).rejects.toBe(broken);
  });

  it('B-CM-3: it is closed once, however often it is disposed of', async () => {
    const registry = new ResourceRegistry();
    const resource = journal();
    const managed = await managedResource(registry, 'feed', resource);
    await Promise.all([managed[Symbol.asyncDispose](), managed[Symbol.asyncDispose]()]);
    await managed[Symbol.asyncDispose]();
    await registry.close();
    expect(resource.log).toEqual(['start', 'close']);
  });

  it('B-CM-4: a managed task takes every option of a task', async () => {
    const clock = new ManualClock();
    const registry = new ResourceRegistry({ clock });
    let runs = 0;
    const run = (): Promise<never> => (runs++, Promise.reject(new Error('no')));
    const options = { restartOnFailure: true, maxRestarts: 1, restartDelay: 5, stopTimeout: 7, clock };
    const state = await managedBackgroundTask(registry, 'beat', run, options, async (task) => {
      await clock.advance(5);
      return task.state;
    });
    expect([state, runs, registry.has('beat'), clock.pending]).toEqual(['failed', 2, false, 0]);
  });
});

describe('a managed pool and a managed task', () => {
  it('makes the pool with its name, starts it and closes it', async () => {
    const registry = new ResourceRegistry();
    const names: string[] = [];
    const pool = { ...journal(), kind: 'pool' };
    const make = (name: string): Promise<typeof pool> => (names.push(name), Promise.resolve(pool));
    await managedConnectionPool(registry, 'smtp', make, (given) => expect(given).toBe(pool));
    await managedConnectionPool(registry, 'smtp', make, { critical: false }, () => undefined);
    {
      await using smtp = await managedConnectionPool(registry, 'smtp', make);
      expect(registry.get(smtp.name)).toBe(pool);
    }
    expect(names).toEqual(['smtp', 'smtp', 'smtp']);
    expect(pool.log).toEqual(['start', 'close', 'start', 'close', 'start', 'close']);
  });

  it('registers nothing when the factory fails', async () => {
    const registry = new ResourceRegistry();
    const broken = new Error('no driver');
    await expect(managedConnectionPool(registry, 'smtp', () => Promise.reject(broken))).rejects.toBe(broken);
    expect(registry.list()).toEqual([]);
  });

  it('stops the task at the end of its block', async () => {
    const registry = new ResourceRegistry();
    let task: BackgroundTask;
    {
      await using beat = await managedBackgroundTask(
        registry,
        'beat',
        ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      );
      task = beat.resource;
      expect(task.state).toBe('running');
    }
    expect([task.state, registry.has('beat')]).toEqual(['stopped', false]);
  });
});
