import { describe, expect, it } from '@jest/globals';

import { clockDelay, journaled, later, never, setUp, untilAborted } from '../../../../test/support/registry-stage.js';
import type { Resource } from '../resource/resource.js';
import { RegistryClosedError } from './registry-closed.error.js';
import { ResourceStartError } from './resource-start.error.js';

describe('start', () => {
  it('starts each node as soon as its own dependencies run, not level by level', async () => {
    const { registry, clock, log } = setUp();
    const slow = (name: string, took: number): Resource => ({
      start: () => new Promise<void>((resolve) => void clock.schedule(took, () => (log.push(name), resolve()))),
    });
    registry.register('slow', slow('slow', 100));
    registry.register('fast', slow('fast', 10));
    registry.register('behind-fast', slow('behind-fast', 10), { dependsOn: ['fast'] });
    registry.register('behind-slow', slow('behind-slow', 10), { dependsOn: ['slow'] });
    const started = registry.start();
    await clock.advance(200);
    await started;
    expect(log).toEqual(['fast', 'behind-fast', 'slow', 'behind-slow']);
    expect(clock.pending).toBe(0);
    expect(clock.held).toBe(false);
  });

  it('joins a start that is under way, also from within', async () => {
    const { registry, log } = setUp();
    let inner: Promise<void> | undefined;
    registry.register(
      'a',
      journaled(log, 'a', { start: () => void ((inner = registry.start()), log.push('start a')) }),
    );
    await Promise.all([registry.start(), registry.start()]);
    await inner;
    expect(log).toEqual(['start a']);
  });

  it('fails with all errors when something critical fails, and leaves nothing open', async () => {
    const { registry, clock, log } = setUp();
    registry.register('disk', journaled(log, 'disk'));
    registry.register('cache', journaled(log, 'cache', { start: () => Promise.reject(new Error('cache is cold')) }));
    const aborted: unknown[] = [];
    registry.register('slow', {
      start: ({ signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => (aborted.push('slow'), reject(signal.reason as Error))),
        ),
      close: () => void log.push('close slow'),
    });
    const cause = new Error('refused at postgres://me:secret@db');
    registry.register(
      'db',
      journaled(log, 'db', { start: () => clockDelay(clock, 10).then(() => Promise.reject(cause)) }),
      {
        critical: true,
        dependsOn: ['disk'],
      },
    );
    registry.register('orders', journaled(log, 'orders'), { dependsOn: ['db'] });
    const started = registry.start().catch((error: unknown) => error);
    await clock.advance(20);
    const error = (await started) as ResourceStartError;
    expect(error).toBeInstanceOf(ResourceStartError);
    expect(error).toMatchObject({ code: 'RESOURCE_START_FAILED', failed: ['db', 'cache'], rolledBack: ['disk'] });
    expect(error.cause).toBe(cause);
    expect(error.message).not.toContain('secret');
    expect(aborted).toEqual(['slow']);
    expect(log.filter((line) => line.startsWith('close')).toSorted()).toEqual([
      'close cache',
      'close db',
      'close disk',
      'close orders',
      'close slow',
    ]);
    expect(registry.list().every(({ state }) => state === 'closed')).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('goes on without what is not critical, and tries that again in the background', async () => {
    const { registry, clock, log } = setUp();
    let failures = 2;
    registry.register(
      'mail',
      journaled(log, 'mail', { start: () => (failures-- > 0 ? Promise.reject(new Error('no mail')) : undefined) }),
    );
    registry.register('newsletter', journaled(log, 'newsletter'), { dependsOn: ['mail'] });
    registry.register('web', journaled(log, 'web'), { after: ['mail'] });
    await registry.start();
    const states = (): string[] => registry.list().map(({ state }) => state);
    expect(states()).toEqual(['failed', 'skipped', 'running']);
    expect(clock.held).toBe(false);
    await clock.advance(1_000);
    expect(states()).toEqual(['failed', 'skipped', 'running']);
    await clock.advance(2_000);
    expect(states()).toEqual(['running', 'running', 'running']);
    expect(clock.pending).toBe(0);
  });

  it('fails when something critical depends on what does not run', async () => {
    const { registry } = setUp();
    registry.register('cache', { start: () => Promise.reject(new Error('cold')) });
    registry.register('pool', { kind: 'pool' }, { dependsOn: ['cache'] });
    await expect(registry.start()).rejects.toMatchObject({ failed: ['pool', 'cache'] });
  });

  it('gives up a start that takes too long', async () => {
    const { registry, clock } = setUp();
    registry.register('db', { kind: 'pool', start: never }, { timeouts: { start: 50 } });
    const started = registry.start();
    const rejected = expect(started).rejects.toMatchObject({
      failed: ['db'],
      cause: { code: 'CALL_TIMEOUT', timeout: 50 },
    });
    await clock.advance(20_000);
    await rejected;
  });

  it('gives up all when their time together is over', async () => {
    const { registry, clock } = setUp();
    registry.register('a', { start: never });
    registry.register('b', { start: never });
    const started = registry.start({ timeout: 100 }).catch((error: unknown) => error);
    await clock.advance(40_000);
    expect(await started).toMatchObject({ failed: ['a', 'b'], cause: { code: 'CALL_TIMEOUT', timeout: 100 } });
  });

  it('closes a success that comes after its time at once, and then tries again', async () => {
    const { registry, clock, log } = setUp();
    let slow = true;
    registry.register(
      'feed',
      journaled(log, 'feed', {
        start: () => clockDelay(clock, slow ? 500 : 10).then(() => ((slow = false), void log.push('start feed'))),
      }),
      { timeouts: { start: 100 } },
    );
    const started = registry.start();
    await clock.advance(100);
    await started;
    expect(registry.entry('feed').state).toBe('failed');
    await clock.advance(400);
    expect(log).toEqual(['start feed', 'close feed']);
    await clock.advance(2_000);
    expect(registry.entry('feed').state).toBe('running');
    expect(log).toEqual(['start feed', 'close feed', 'start feed']);
    await registry.close();
    expect(log).toEqual(['start feed', 'close feed', 'start feed', 'close feed']);
  });

  it('rejects with the reason of its signal, having closed everything', async () => {
    const { registry, log } = setUp();
    const controller = new AbortController();
    registry.register('a', journaled(log, 'a'));
    registry.register('b', { start: ({ signal }) => untilAborted(signal) });
    const started = registry.start({ signal: controller.signal });
    await Promise.resolve();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(started).rejects.toBe(reason);
    expect(log).toEqual(['start a', 'close a']);
  });

  it('is given up by a close, which waits for it', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'));
    registry.register('b', journaled(log, 'b', { start: ({ signal }) => untilAborted(signal) }), { after: ['a'] });
    const started = registry.start();
    await Promise.resolve();
    const rejected = expect(started).rejects.toBeInstanceOf(RegistryClosedError);
    await registry.close();
    await rejected;
    expect(log).toEqual(['start a', 'close b', 'close a']);
  });

  it('starts what is registered later at once, and refuses what it cannot place', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'));
    await registry.start();
    registry.register('b', journaled(log, 'b'), { dependsOn: ['a'] });
    await registry.started('b');
    expect(log).toEqual(['start a', 'start b']);
    expect(() => registry.register('c', {}, { dependsOn: ['nobody'] })).toThrow("'nobody', which does not exist");
  });

  it('does not take the others down when something critical that came later fails', async () => {
    const { registry, clock } = setUp();
    registry.register('a', {});
    await registry.start();
    registry.register('late', { kind: 'pool', start: () => Promise.reject(new Error('no')) });
    await expect(registry.started('late')).rejects.toMatchObject({ failed: ['late'] });
    expect(registry.entry('a').state).toBe('running');
    await registry.close();
    expect(clock.pending).toBe(0);
  });
});

describe('a lazy resource', () => {
  it('that fails is told to those who ask, and takes nobody with it, critical or not', async () => {
    const { registry, clock } = setUp();
    let broken = true;
    const start = (): Promise<void> => (broken ? Promise.reject(new Error('no fonts')) : Promise.resolve());
    registry.register('db', {});
    registry.register('fonts', { start }, { lazy: true, critical: true });
    await registry.start();
    await expect(registry.started('fonts')).rejects.toMatchObject({
      failed: ['fonts'],
      cause: { message: 'no fonts' },
    });
    expect(registry.list().map(({ state }) => state)).toEqual(['running', 'failed']);
    broken = false;
    await clock.advance(2_000);
    await registry.started('fonts');
    expect(registry.entry('fonts').state).toBe('running');
  });

  it('starts when it is asked for', async () => {
    const { registry, log } = setUp();
    registry.register('reports', journaled(log, 'reports'), { lazy: true });
    await registry.start();
    expect(log).toEqual([]);
    await registry.started('reports');
    expect(log).toEqual(['start reports']);
  });

  it('starts before what depends on it', async () => {
    const { registry, log } = setUp();
    registry.register('fonts', journaled(log, 'fonts'), { lazy: true });
    registry.register('reports', journaled(log, 'reports'), { dependsOn: ['fonts'] });
    await registry.start();
    expect(log).toEqual(['start fonts', 'start reports']);
  });
});

describe('what comes after a lazy resource', () => {
  it('waits for it if it was asked for meanwhile', async () => {
    const { registry, clock, log } = setUp();
    const slow = (name: string, took: number): Resource =>
      journaled(log, name, { start: () => clockDelay(clock, took).then(() => void log.push(`start ${name}`)) });
    registry.register('db', slow('db', 10));
    registry.register('fonts', slow('fonts', 20), { lazy: true });
    registry.register('reports', journaled(log, 'reports'), { dependsOn: ['db'], after: ['fonts'] });
    const started = registry.start();
    await clock.advance(5);
    void registry.started('fonts');
    await clock.advance(20);
    await started;
    expect(log).toEqual(['start db', 'start fonts', 'start reports']);
  });
});

describe('started', () => {
  it('asks for a resource before the others start', async () => {
    const { registry, log } = setUp();
    registry.register('db', journaled(log, 'db'));
    registry.register('orders', journaled(log, 'orders'), { dependsOn: ['db'] });
    registry.register('web', journaled(log, 'web'));
    await registry.started('orders');
    expect(log).toEqual(['start db', 'start orders']);
    await registry.start();
    expect(log).toEqual(['start db', 'start orders', 'start web']);
  });

  it('rejects when the registry closes first', async () => {
    const { registry } = setUp();
    registry.register('db', { start: ({ signal }) => untilAborted(signal) });
    const started = registry.started('db');
    const rejected = expect(started).rejects.toBeInstanceOf(RegistryClosedError);
    await registry.close();
    await rejected;
  });
});

describe('what is asked for too late', () => {
  it('is refused also to those who ask in the moment of the failure', async () => {
    const { registry } = setUp();
    const asked: Promise<void>[] = [];
    registry.register('db', {
      kind: 'pool',
      start: () => {
        asked.push(later(() => registry.started('reports')));
        throw new Error('no');
      },
    });
    registry.register('reports', {}, { lazy: true });
    await expect(registry.start()).rejects.toMatchObject({ failed: ['db'] });
    await expect(asked[0]).rejects.toMatchObject({ code: 'RESOURCE_START_FAILED' });
  });
});
