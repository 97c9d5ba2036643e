import { describe, expect, it } from '@jest/globals';

import { never, resource, setUp } from '../../../../test/support/manager-stage.js';

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
