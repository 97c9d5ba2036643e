import { describe, expect, it } from '@jest/globals';

import { resource, setUp } from '../../../../test/support/manager-stage.js';
import { BackgroundTask } from '../task/background-task.js';

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
