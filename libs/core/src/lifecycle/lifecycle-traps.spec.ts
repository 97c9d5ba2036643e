import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import { BackgroundTask } from '../task/background-task.js';
import { ResourceManager } from './resource-manager.js';

const never = (): Promise<never> => new Promise(() => undefined);

function setUp(): { clock: ManualClock; registry: ResourceRegistry; manager: ResourceManager } {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock });
  return { clock, registry, manager: new ResourceManager({ registry, clock }) };
}

describe('traps of the lifecycle', () => {
  it('B-L-1: signals belong to the application; none is listened to', async () => {
    const before = process.eventNames().map((name) => process.listenerCount(name as string));
    const { manager, registry } = setUp();
    registry.register('db', {});
    await manager.initialize();
    expect(process.eventNames().map((name) => process.listenerCount(name as string))).toEqual(before);
    await manager.shutdown();
  });

  it('B-L-2: the end stops the tasks', async () => {
    const { manager, registry, clock } = setUp();
    const run = ({ signal }: { signal: AbortSignal }): Promise<void> =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    const task = registry.register('outbox', new BackgroundTask({ name: 'outbox', run, clock }));
    await manager.initialize();
    expect(task.state).toBe('running');
    await manager.shutdown();
    expect([task.state, manager.report?.clean]).toEqual(['stopped', true]);
  });

  it('B-L-3: a startup hook that fails, fails the start', async () => {
    const { manager } = setUp();
    manager.addStartupHook(() => Promise.reject(new Error('no database')));
    await expect(manager.initialize()).rejects.toThrow('no database');
  });

  it('B-L-4: the time of the end covers hooks, resources and the monitor, each and together', async () => {
    const { clock, registry } = setUp();
    const manager = new ResourceManager({ registry, clock, monitor: { start: () => undefined, stop: never } });
    registry.register('db', { close: never });
    registry.register('orders', { close: never, settle: never }, { dependsOn: ['db'] });
    manager.addShutdownHook(never);
    manager.addShutdownHook(never);
    await manager.initialize();
    const stopped = manager.shutdown();
    await clock.advance(25_000 + 2_500);
    await stopped;
    expect(manager.report).toMatchObject({ unsettled: ['orders'], registry: { late: ['orders', 'db'] } });
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('B-L-6: initializing twice runs each hook once', async () => {
    const { manager } = setUp();
    let runs = 0;
    manager.addStartupHook(() => void runs++);
    await Promise.all([manager.initialize(), manager.initialize()]);
    await manager.initialize();
    expect(runs).toBe(1);
  });

  it('B-L-7: what does not run is named, with its error', async () => {
    const { manager, registry } = setUp();
    const error = new Error('role app is missing');
    registry.register('app-db', { start: () => Promise.reject(error) });
    registry.register('reports', {}, { dependsOn: ['app-db'] });
    await manager.initialize();
    expect(registry.entry('app-db')).toMatchObject({ state: 'failed', error });
    expect(registry.entry('reports')).toMatchObject({
      state: 'skipped',
      error: { code: 'RESOURCE_SKIPPED', cause: error },
    });
    await manager.shutdown();
  });

  it('B-L-8: a start that failed is not begun again, so nothing runs twice', async () => {
    const { manager } = setUp();
    let runs = 0;
    manager.addStartupHook(() => Promise.reject(new Error(`attempt ${++runs}`)));
    await expect(manager.initialize()).rejects.toThrow('attempt 1');
    await expect(manager.initialize()).rejects.toThrow('attempt 1');
  });

  it('B-L-9, B-L-10: two applications in one process share nothing, and one may follow the other', async () => {
    const [first, second] = [setUp(), setUp()];
    first.registry.register('db', { owner: 'first' });
    second.registry.register('db', { owner: 'second' });
    await Promise.all([first.manager.initialize(), second.manager.initialize()]);
    await first.manager.shutdown();
    expect(second.registry.entry('db')).toMatchObject({ state: 'running', resource: { owner: 'second' } });
    expect(second.registry.events.since(0, { type: '*.draining' })).toEqual([]);
    const third = setUp();
    third.registry.register('db', {});
    await third.manager.initialize();
    expect(third.manager.phase).toBe('initialized');
    await Promise.all([second.manager.shutdown(), third.manager.shutdown()]);
  });
});
