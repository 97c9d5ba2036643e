import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import type { Resource } from '../resource/resource.js';
import { BackgroundTask } from '../task/background-task.js';
import type { ResourceManagerOptions } from './manager-types.js';
import { ResourceManager } from './resource-manager.js';

function setUp(options: Partial<ResourceManagerOptions> = {}): {
  clock: ManualClock;
  registry: ResourceRegistry;
  manager: ResourceManager;
  log: string[];
  note: (line: string) => () => void;
} {
  const clock = new ManualClock(1_000);
  const registry = new ResourceRegistry({ clock });
  const log: string[] = [];
  const note = (line: string) => (): void => void log.push(line);
  const monitor = { start: note('monitor starts'), stop: () => Promise.resolve(note('monitor stops')()) };
  const manager = new ResourceManager({ registry, clock, monitor, ...options });
  manager.events.subscribe(({ type }) => void log.push(type), { type: 'application.*' });
  return { clock, registry, manager, log, note };
}

function resource(log: string[], name: string): Resource {
  return {
    start: () => void log.push(`${name} starts`),
    quiesce: () => void log.push(`${name} quiesces`),
    settle: () => void log.push(`${name} settles`),
    close: () => void log.push(`${name} closes`),
  };
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('the life of an application', () => {
  it('goes through its phases, each once, in order', async () => {
    const { manager, registry, log, note } = setUp();
    registry.register('db', resource(log, 'db'));
    registry.register('orders', resource(log, 'orders'), { dependsOn: ['db'] });
    manager.addStartupHook(note('first in'));
    manager.addStartupHook(note('second in'));
    manager.addShutdownHook(note('last out'));
    manager.addShutdownHook(note('first out'));
    const phases = [manager.phase];

    await Promise.all([manager.initialize(), manager.initialize()]);
    phases.push(manager.phase);
    expect(manager.isReady).toBe(false);
    manager.ready();
    phases.push(manager.phase);
    expect(manager.isReady).toBe(true);
    manager.quiesce();
    manager.quiesce();
    phases.push(manager.phase);
    expect(manager.isReady).toBe(false);
    await Promise.all([manager.settle(), manager.settle()]);
    await Promise.all([manager.shutdown(), manager.shutdown()]);
    phases.push(manager.phase);

    expect(phases).toEqual(['created', 'initialized', 'ready', 'draining', 'stopped']);
    expect(log).toEqual([
      'monitor starts',
      'db starts',
      'orders starts',
      'first in',
      'second in',
      'application.initialized',
      'application.ready',
      'application.draining',
      'orders quiesces',
      'db quiesces',
      'db settles',
      'orders settles',
      'first out',
      'last out',
      'orders closes',
      'db closes',
      'monitor stops',
      'application.stopped',
    ]);
    expect(manager.report).toMatchObject({ clean: true, summary: 'Stopped in 0 ms: 2 of 2 resources closed' });
  });

  it('is ended by shutdown alone, which goes through what is left', async () => {
    const { manager, log } = setUp();
    await manager.initialize();
    manager.ready();
    await manager.shutdown();
    expect(log).toEqual([
      'monitor starts',
      'application.initialized',
      'application.ready',
      'application.draining',
      'monitor stops',
      'application.stopped',
    ]);
  });

  it('may end before it has begun', async () => {
    const { manager, registry, log } = setUp();
    registry.register('db', { close: () => void log.push('db closes') });
    await manager.shutdown();
    expect(log).toContain('db closes');
    await expect(manager.initialize()).rejects.toMatchObject({ code: 'APPLICATION_STOPPING' });
    manager.ready();
    expect(manager.phase).toBe('stopped');
  });

  it('keeps serving for the readiness delay, and waits for tasks', async () => {
    const { manager, registry, clock, log } = setUp({ shutdown: { readinessDelay: 5_000 } });
    const run = async ({ signal }: { signal: AbortSignal }): Promise<void> => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise<void>((resolve) => void clock.schedule(7_000, resolve));
      log.push('task ended');
    };
    const task = new BackgroundTask({ name: 'outbox', clock, run });
    registry.register('outbox', task);
    await manager.initialize();
    manager.ready();
    await clock.advance(0);
    manager.quiesce();
    expect(task.state).toBe('running');
    const settled = manager.settle().then(() => log.push('settled'));
    expect(clock.held).toBe(true);
    await clock.advance(5_000);
    expect(log).not.toContain('settled');
    await clock.advance(2_000);
    await settled;
    expect(log.slice(-2)).toEqual(['task ended', 'settled']);
    expect([clock.held, clock.pending]).toEqual([false, 0]);
  });
});

describe('a start that fails', () => {
  it('is followed by no readiness delay, since it was never ready', async () => {
    const { manager, clock } = setUp({ shutdown: { readinessDelay: 5_000 } });
    manager.addStartupHook(() => Promise.reject(new Error('no')));
    await expect(manager.initialize()).rejects.toThrow('no');
    expect([manager.report?.duration, clock.pending]).toEqual([0, 0]);
  });

  it('shuts everything down before it is told', async () => {
    const { manager, registry, log, note } = setUp();
    registry.register('db', resource(log, 'db'));
    manager.addStartupHook(() => Promise.reject(new Error('migration 7 failed, password=x')), { name: 'migrations' });
    manager.addStartupHook(note('second in'));
    manager.addShutdownHook(note('out'));
    await expect(manager.initialize()).rejects.toMatchObject({
      code: 'STARTUP_HOOK_FAILED',
      hook: 'migrations',
      message: expect.stringContaining("'migrations' failed: migration 7 failed, password=***") as unknown as string,
    });
    expect(manager.phase).toBe('stopped');
    expect(log).toEqual([
      'monitor starts',
      'db starts',
      'application.draining',
      'db quiesces',
      'db settles',
      'out',
      'db closes',
      'monitor stops',
      'application.stopped',
    ]);
  });

  it('tells what the registry tells', async () => {
    const { manager, registry, log } = setUp();
    registry.register('db', { kind: 'pool', start: () => Promise.reject(new Error('refused')) });
    await expect(manager.initialize()).rejects.toMatchObject({ code: 'RESOURCE_START_FAILED', failed: ['db'] });
    expect(log).toContain('monitor stops');
  });

  it('is given up by a signal meanwhile', async () => {
    const { manager, registry, clock, log } = setUp();
    registry.register('fast', resource(log, 'fast'));
    registry.register('slow', {
      start: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      close: () => void log.push('slow closes'),
    });
    const initialized = expect(manager.initialize()).rejects.toMatchObject({ code: 'APPLICATION_STOPPING' });
    await clock.advance(0);
    manager.quiesce();
    const stopped = Promise.all([manager.settle(), manager.shutdown()]);
    await initialized;
    await stopped;
    expect(log).toContain('slow closes');
    expect(log).toContain('fast closes');
    expect(manager.phase).toBe('stopped');
    expect([clock.held, clock.pending]).toEqual([false, 0]);
  });
});

describe('hooks', () => {
  it('are tolerated when that was said', async () => {
    const { manager, clock, log, note } = setUp();
    manager.addStartupHook(() => Promise.reject(new Error('no')), { tolerate: true });
    manager.addStartupHook(never, { tolerate: true, timeout: 50 });
    manager.addStartupHook(note('third in'));
    const initialized = manager.initialize();
    await clock.advance(50);
    await initialized;
    expect(log.filter((type) => type === 'application.hook.failed')).toHaveLength(2);
    expect(log).toContain('third in');
  });

  it('do not keep the end from coming', async () => {
    const { manager, registry, clock, log, note } = setUp({ shutdown: { timeout: 10_000 } });
    registry.register('db', resource(log, 'db'));
    manager.addShutdownHook(note('out'));
    manager.addShutdownHook(never, { name: 'hangs', timeout: Infinity });
    manager.addShutdownHook(
      () => {
        throw new Error('no');
      },
      { name: 'throws' },
    );
    await manager.initialize();
    const stopped = manager.shutdown();
    await clock.advance(5_000);
    await stopped;
    expect(log).toContain('out');
    expect(log).toContain('db closes');
    expect(manager.report).toMatchObject({ clean: false, hookErrors: [{ name: 'throws' }, { name: 'hangs' }] });
    expect(manager.report?.summary).toContain('hooks failed: throws (no), hangs (');
  });

  it('may be added by a hook, or while the resources start', async () => {
    const { manager, registry, log, note } = setUp();
    registry.register('db', { start: () => manager.addStartupHook(note('from a resource')) });
    manager.addStartupHook(() => manager.addStartupHook(note('from a hook')));
    await manager.initialize();
    expect(log).toEqual(['monitor starts', 'from a resource', 'from a hook', 'application.initialized']);
  });

  it('are refused when they would never run', async () => {
    const { manager, note } = setUp();
    await manager.initialize();
    expect(() => manager.addStartupHook(note('x'))).toThrow(
      expect.objectContaining({ code: 'HOOK_TOO_LATE' }) as unknown as Error,
    );
    await manager.shutdown();
    expect(() => manager.addShutdownHook(note('x'))).toThrow('while the application is stopped');
  });

  it('are refused with impossible options', () => {
    const { manager, note } = setUp();
    expect(() => manager.addStartupHook(note('x'), { timeout: -1 })).toThrow('timeout');
    expect(() => setUp({ shutdown: { timeout: 1_000, readinessDelay: 1_000 } })).toThrow(
      'readinessDelay: must be below',
    );
  });
});

describe('the time of a shutdown', () => {
  it('counts from the first sign of the end, and something of it is always left', async () => {
    const { manager, registry, clock } = setUp({ shutdown: { timeout: 10_000 } });
    registry.register('hangs', { close: never });
    await manager.initialize();
    manager.quiesce();
    await clock.advance(9_500);
    const stopped = manager.shutdown();
    await clock.advance(1_000);
    await stopped;
    expect(manager.report).toMatchObject({ clean: false, duration: 10_500, registry: { late: ['hangs'] } });
    expect(manager.report?.summary).toContain('0 of 1 resources closed; left behind: hangs');
  });

  it('can be set by who ends it', async () => {
    const { manager, registry, clock } = setUp();
    registry.register('hangs', { close: never });
    const stopped = manager.shutdown({ timeout: 100 });
    await clock.advance(100);
    await stopped;
    expect(manager.report?.duration).toBe(100);
  });
});

describe('a shutdown from within', () => {
  it('of a shutdown hook returns at once', async () => {
    const { manager, clock } = setUp();
    manager.addShutdownHook(() => manager.shutdown());
    await manager.initialize();
    await manager.shutdown();
    expect(manager.report).toMatchObject({ clean: true });
    expect(clock.pending).toBe(0);
  });

  it('of a startup hook ends the start', async () => {
    const { manager } = setUp();
    manager.addStartupHook(() => manager.shutdown());
    await expect(manager.initialize()).rejects.toMatchObject({ code: 'APPLICATION_STOPPING' });
    expect(manager.phase).toBe('stopped');
  });

  it('of a background task does not wait for that task', async () => {
    const { manager, registry, clock } = setUp();
    const run = (): Promise<void> =>
      new Promise<void>((resolve) => void clock.schedule(10, resolve)).then(() => manager.shutdown());
    const task = new BackgroundTask({ name: 'watchdog', clock, run });
    registry.register('watchdog', task);
    await manager.initialize();
    await clock.advance(10);
    await manager.shutdown();
    expect([manager.phase, task.state, clock.pending]).toEqual(['stopped', 'stopped', 0]);
  });
});
