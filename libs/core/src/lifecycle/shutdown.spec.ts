import { describe, expect, it } from '@jest/globals';

import { never, setUp } from '../../../../test/support/manager-stage.js';
import { BackgroundTask } from '../task/background-task.js';

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
