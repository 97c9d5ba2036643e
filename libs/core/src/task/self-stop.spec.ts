import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, jest } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceManager } from '../lifecycle/resource-manager.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import type { CallContext } from '../resource/resource.js';
import { BackgroundTask } from './background-task.js';

type Way = (stop: () => Promise<unknown>, pause: () => Promise<void>) => Promise<unknown>;

/** How the call may stand to the work that waits for it. */
const WAYS: Record<string, Way> = {
  'at once': (stop) => stop(),
  'after a pause': async (stop, pause) => {
    await pause();
    await stop();
  },
  'by then': (stop, pause) => pause().then(stop),
  'far down': async (stop, pause) => {
    const deeper = async (levels: number): Promise<void> => {
      await pause();
      await (levels === 0 ? stop() : deeper(levels - 1));
    };
    await deeper(20);
  },
  'beside other work': (stop, pause) => Promise.all([pause().then(stop), pause()]),
  'in a race': (stop, pause) => Promise.race([pause().then(stop), new Promise(() => undefined)]),
  'while it cleans up': async (stop, pause) => {
    try {
      await pause();
    } finally {
      await stop();
    }
  },
  'at each of many values': async (stop, pause) => {
    async function* values(): AsyncGenerator<unknown> {
      await pause();
      yield await stop();
    }
    for await (const value of values()) expect(value).toBeDefined();
  },
};

type Stop = (all: { task: BackgroundTask; registry: ResourceRegistry; clock: ManualClock }) => Promise<unknown>;

function setUp(way: Way, stop: Stop) {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock });
  let stopped = false;
  const run = async (): Promise<void> => {
    await way(
      async () => (await stop({ task, registry, clock })) ?? null,
      () => new Promise((resolve) => void clock.schedule(1, resolve)),
    );
    stopped = true;
  };
  const task = new BackgroundTask({ name: 'watchdog', clock, run });
  registry.register('watchdog', task);
  registry.register('user', { close: () => Promise.resolve() }, { dependsOn: ['watchdog'] });
  return { clock, registry, task, hasStopped: () => stopped };
}

describe.each(Object.entries(WAYS))('a task that ends itself %s', (_name, way) => {
  it.each([
    ['stop', ({ task }) => task.stop()],
    ['close', ({ task }) => task.close()],
    ['the close of its registry', ({ registry }) => registry.close()],
    ['a shutdown', ({ registry, clock }) => new ResourceManager({ registry, clock }).shutdown()],
  ] as [string, Stop][])('by %s waits for nothing', async (_verb, stop) => {
    const { clock, registry, task, hasStopped } = setUp(way, stop);
    await registry.start();
    await clock.advance(30);
    expect([task.state, hasStopped(), clock.pending]).toEqual(['stopped', true, 0]);
    await expect(registry.close()).resolves.toMatchObject({ late: [] });
  });
});

describe('a task that takes itself out of the registry', () => {
  it('waits for nothing', async () => {
    const clock = new ManualClock();
    const registry = new ResourceRegistry({ clock });
    const task = new BackgroundTask({ name: 'once', clock, run: async () => void (await registry.unregister('once')) });
    registry.register('once', task);
    await registry.start();
    await clock.advance(0);
    expect([task.state, registry.has('once'), clock.pending]).toEqual(['stopped', false, 0]);
  });
});

describe('whoever is not waited for by the task', () => {
  it('waits for it, also when the task itself has begun it', async () => {
    const clock = new ManualClock();
    const journal: string[] = [];
    const pause = (): Promise<void> => new Promise((resolve) => void clock.schedule(10, resolve));
    const watch = async (): Promise<void> => {
      await pause();
      await task.stop();
      journal.push('stop has ended');
    };
    const run = async (): Promise<void> => {
      void watch();
      await pause().then(pause);
      journal.push('the work has ended');
    };
    const task = new BackgroundTask({ name: 'slow', clock, run });
    task.start();
    await clock.advance(20);
    expect(journal).toEqual(['the work has ended', 'stop has ended']);
  });
});

describe('what follows promises', () => {
  it('is in use neither while a task runs nor after a shutdown', async () => {
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    const enterWith = jest.spyOn(AsyncLocalStorage.prototype, 'enterWith');
    const disable = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
    const clock = new ManualClock();
    const registry = new ResourceRegistry({ clock });
    const manager = new ResourceManager({ registry, clock });
    const ended = ({ signal }: CallContext): Promise<void> =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    registry.register('long', new BackgroundTask({ name: 'long', clock, run: ended }));
    await manager.initialize();
    await clock.advance(10);
    expect([registry.getMetrics().long?.running, run.mock.calls, enterWith.mock.calls]).toEqual([true, [], []]);
    await manager.shutdown();
    expect([run.mock.calls.length, disable.mock.calls.length]).toEqual([1, 1]);
    jest.restoreAllMocks();
  });
});
