import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { CloseReport } from '../resource/close-report.js';
import type { CallContext, CloseContext, Resource } from '../resource/resource.js';
import { RegistryClosedError } from './registry-closed.error.js';
import { ResourceRegistry } from './resource-registry.js';
import { ResourceStartError } from './resource-start.error.js';

/** Writes down what is done to it. */
function journaled(log: string[], name: string, more: Resource = {}): Resource {
  return {
    start: () => void log.push(`start ${name}`),
    close: () => void log.push(`close ${name}`),
    ...more,
  };
}

function setUp(): { clock: ManualClock; registry: ResourceRegistry; log: string[]; types: () => string[] } {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock, random: () => 0 });
  const types = (): string[] => registry.events.since(0).map(({ type, resource }) => `${resource}: ${type}`);
  return { clock, registry, log: [], types };
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('what is registered', () => {
  it('is found under its name, as the same object', () => {
    const { registry } = setUp();
    const resource = registry.register('db', { url: 'x' });
    expect(registry.get('db')).toBe(resource);
    expect(registry.has('db')).toBe(true);
    expect(registry.entry('db')).toMatchObject({ name: 'db', kind: 'custom', state: 'registered', critical: false });
  });

  it('is critical by kind, unless it is said', () => {
    const { registry } = setUp();
    registry.register('pool', { kind: 'pool' });
    registry.register('source', { kind: 'data-source' });
    registry.register('cache', { kind: 'pool' }, { critical: false });
    registry.register('breaker', { kind: 'breaker' });
    expect(registry.list().map(({ critical }) => critical)).toEqual([true, true, false, false]);
  });

  it('has a name of its own', () => {
    const { registry } = setUp();
    registry.register('db', {});
    expect(() => registry.register('db', {})).toThrow(
      expect.objectContaining({ code: 'RESOURCE_EXISTS' }) as unknown as Error,
    );
  });

  it('says which name was probably meant', () => {
    const { registry } = setUp();
    registry.register('payments', {});
    expect(() => registry.get('payment')).toThrow("Resource 'payment' does not exist; did you mean 'payments'?");
  });

  it('is refused with impossible options, all at once', () => {
    const { registry } = setUp();
    const wrong = { dependOn: ['x'], lazy: 'yes', timeouts: { start: 0 } } as object;
    expect(() => registry.register('db', {}, wrong)).toThrow(/dependOn[\s\S]*lazy[\s\S]*timeouts\.start/);
    expect(() => registry.register(' ', {})).toThrow('non-empty');
    expect(() => registry.register('a', 'text' as unknown as object)).toThrow("must be an object, got 'text'");
    expect(registry.list()).toEqual([]);
  });

  it('gives figures by name, also when one cannot', () => {
    const { registry } = setUp();
    registry.register('a', { getMetrics: () => ({ type: 'pool', name: 'a', size: 2 }) });
    registry.register('b', {
      getMetrics: () => {
        throw new Error('no figures, password=hunter2');
      },
    });
    registry.register('c', { kind: 'mine' });
    expect(registry.getMetrics()).toEqual({
      a: { type: 'pool', name: 'a', size: 2 },
      b: { type: 'custom', name: 'b', error: 'no figures, password=***' },
      c: { type: 'mine', name: 'c' },
    });
  });

  it('tells its own events through the registry, until it is gone', async () => {
    const { registry } = setUp();
    let emit: (event: { type: string }) => void = () => undefined;
    registry.register('db', {
      kind: 'pool',
      observe: (listener) => {
        emit = listener;
        return () => (emit = () => undefined);
      },
    });
    emit({ type: 'pool.started' });
    await registry.unregister('db');
    emit({ type: 'pool.ghost' });
    expect(registry.events.since(0).map(({ type }) => type)).toEqual([
      'resource.registered',
      'pool.started',
      'resource.closing',
      'resource.closed',
      'resource.unregistered',
    ]);
    expect(registry.events.since(1)[0]).toMatchObject({ resource: 'db', kind: 'pool', sequence: 2 });
  });
});

describe('a graph that cannot be put in order', () => {
  it('is refused with all mistakes before anything runs', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'), { dependsOn: ['b'] });
    registry.register('b', journaled(log, 'b'), { after: ['c'] });
    registry.register('c', journaled(log, 'c'), { dependsOn: ['a'] });
    registry.register('orders', journaled(log, 'orders'), { dependsOn: ['postgrs'] });
    registry.register('postgres', journaled(log, 'postgres'));
    const error = await registry.start().catch((reason: unknown) => reason as Error);
    expect(String(error)).toContain('a → b → c → a');
    expect(String(error)).toContain("orders: depends on 'postgrs', which does not exist; did you mean 'postgres'?");
    expect(log).toEqual([]);
  });

  it('can be mended and started', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'), { dependsOn: ['b'] });
    await expect(registry.start()).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    registry.register('b', journaled(log, 'b'));
    await registry.start();
    expect(log).toEqual(['start b', 'start a']);
  });

  it('is closed all the same', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'), { dependsOn: ['b'] });
    registry.register('b', journaled(log, 'b'), { dependsOn: ['a'] });
    expect(await registry.close()).toMatchObject({ clean: true, closed: ['b', 'a'] });
  });
});

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

describe('close', () => {
  it('is joined, and is for good', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'));
    const [first, second] = await Promise.all([registry.close(), registry.close()]);
    expect(first).toBe(second);
    expect(log).toEqual(['close a']);
    expect(() => registry.register('b', {})).toThrow(RegistryClosedError);
    await expect(registry.start()).rejects.toBeInstanceOf(RegistryClosedError);
  });

  it('ends what has a dispose symbol or nothing at all', async () => {
    const { registry, log } = setUp();
    registry.register('async', { [Symbol.asyncDispose]: () => Promise.resolve(log.push('async')) });
    registry.register('sync', { [Symbol.dispose]: () => void log.push('sync') });
    registry.register('both', {
      close: () => undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(log.push('both')),
    });
    registry.register('nothing', {});
    const report = await registry.close();
    expect(log).toEqual(['both', 'sync', 'async']);
    expect(report).toMatchObject({ clean: true, closed: expect.arrayContaining(['nothing']) as unknown as string[] });
  });

  it('names who was late and who held what', async () => {
    const { registry, clock } = setUp();
    registry.register('hangs', { close: never });
    const report: CloseReport = {
      clean: false,
      duration: 5,
      destroyed: 1,
      holders: [{ label: 'export', heldFor: 900 }],
      errors: [new Error('torn')],
    };
    registry.register('pool', { kind: 'pool', close: () => report }, { after: ['hangs'] });
    await registry.start();
    const closed = registry.close({ timeout: 1_000 });
    await clock.advance(1_000);
    expect(await closed).toMatchObject({
      clean: false,
      duration: 1_000,
      closed: ['pool'],
      late: ['hangs'],
      holders: [{ resource: 'pool', label: 'export', heldFor: 900 }],
      errors: [{ name: 'hangs' }, { name: 'pool' }],
    });
    expect(clock.pending).toBe(0);
    expect(clock.held).toBe(false);
  });

  it('gives each resource the time until which it may be graceful, within that of the whole', async () => {
    const { registry, clock } = setUp();
    const deadlines: number[] = [];
    const close = ({ deadline }: CloseContext): void => void deadlines.push(deadline - clock.now());
    registry.register('quick', { close }, { timeouts: { close: 100 } });
    registry.register('usual', { close });
    registry.register('long', { close }, { timeouts: { close: Infinity } });
    await registry.close({ timeout: 20_000 });
    expect(deadlines).toEqual([19_000, 10_000, 100]);
  });

  it('calls everything also when the time is over', async () => {
    const { registry, clock, log } = setUp();
    registry.register(
      'a',
      journaled(log, 'a', { close: () => Promise.resolve().then(() => void log.push('close a')) }),
    );
    registry.register('b', journaled(log, 'b', { close: never }), { dependsOn: ['a'] });
    await registry.start();
    const closed = registry.close({ timeout: 100 });
    await clock.advance(100);
    expect(await closed).toMatchObject({ closed: ['a'], late: ['b'] });
  });
});

describe('unregister', () => {
  it('closes, and frees the name', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'));
    await registry.unregister('a');
    expect(log).toEqual(['close a']);
    expect(registry.has('a')).toBe(false);
    registry.register('a', journaled(log, 'a'));
  });

  it('reports an error and throws none', async () => {
    const { registry, types } = setUp();
    const error = new Error('torn');
    registry.register('a', { close: () => Promise.reject(error) });
    expect(await registry.unregister('a')).toMatchObject({ clean: false, errors: [error] });
    expect(types()).toContain('a: resource.close.failed');
  });

  it('is refused while something that runs depends on it', async () => {
    const { registry } = setUp();
    registry.register('db', {});
    registry.register('orders', {}, { dependsOn: ['db'] });
    await registry.start();
    await expect(registry.unregister('db')).rejects.toMatchObject({ code: 'RESOURCE_IN_USE', dependants: ['orders'] });
    await registry.unregister('orders');
    await registry.unregister('db');
  });

  it('keeps the name until it is closed', async () => {
    const { registry, clock } = setUp();
    registry.register('a', { close: () => clockDelay(clock, 10) });
    const unregistered = registry.unregister('a');
    expect(registry.has('a')).toBe(false);
    expect(() => registry.register('a', {})).toThrow('still closing');
    await expect(registry.unregister('a')).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
    await clock.advance(10);
    await unregistered;
  });

  it('while everything closes, waits for its place in that', async () => {
    const { registry, clock, log, types } = setUp();
    const slow = (name: string): Resource =>
      journaled(log, name, { close: () => clockDelay(clock, 10).then(() => void log.push(`close ${name}`)) });
    registry.register('db', slow('db'));
    registry.register('orders', slow('orders'), { dependsOn: ['db'] });
    await registry.start();
    const closed = registry.close();
    const unregistered = Promise.all([registry.unregister('db'), registry.unregister('db')]);
    await clock.advance(20);
    await Promise.all([closed, unregistered]);
    expect(log).toEqual(['start db', 'start orders', 'close orders', 'close db']);
    expect(types().filter((type) => type === 'db: resource.unregistered')).toHaveLength(1);
  });

  it('in the midst of a close does not confuse its order', async () => {
    const { registry, clock, log } = setUp();
    const slow = (name: string): Resource =>
      journaled(log, name, { close: () => clockDelay(clock, 10).then(() => void log.push(`close ${name}`)) });
    registry.register('db', slow('db'));
    registry.register('orders', slow('orders'), { dependsOn: ['db'] });
    registry.register('outbox', slow('outbox'), { dependsOn: ['orders'] });
    registry.register('reports', slow('reports'), { dependsOn: ['outbox'], lazy: true });
    await registry.start();
    const unregistered = registry.unregister('outbox');
    const closed = registry.close();
    await clock.advance(100);
    await Promise.all([closed, unregistered]);
    expect(log.indexOf('close orders')).toBeLessThan(log.indexOf('close db'));
    expect(log.filter((line) => line.startsWith('close')).toSorted()).toEqual([
      'close db',
      'close orders',
      'close outbox',
      'close reports',
    ]);
  });

  it('gives up a start that is under way, and a retry that is due', async () => {
    const { registry, clock } = setUp();
    await registry.start();
    registry.register('slow', { start: ({ signal }) => untilAborted(signal) });
    const started = expect(registry.started('slow')).rejects.toMatchObject({ code: 'RESOURCE_UNREGISTERED' });
    registry.register('broken', { start: () => Promise.reject(new Error('no')) });
    await clock.advance(0);
    await Promise.all([registry.unregister('slow'), registry.unregister('broken')]);
    await started;
    expect(clock.pending).toBe(0);
  });
});

describe('quiesce', () => {
  it('tells everybody once, and ends the retries', async () => {
    const { registry, clock, log, types } = setUp();
    registry.register('a', { quiesce: () => void log.push('a') });
    registry.register('b', { quiesce: () => void log.push('b') });
    registry.register('c', {
      quiesce: () => {
        throw new Error('no');
      },
    });
    registry.register('broken', { start: () => Promise.reject(new Error('no')) });
    await registry.start();
    registry.quiesce();
    registry.quiesce();
    expect(log).toEqual(['b', 'a']);
    expect(types()).toContain('c: resource.quiesce.failed');
    expect(clock.pending).toBe(0);
  });

  it('is followed by waiting for what had begun, within a time', async () => {
    const { registry, clock } = setUp();
    registry.register('quick', { settle: () => clockDelay(clock, 10) });
    registry.register('slow', { settle: never });
    registry.register('none', {});
    const settled = registry.settle({ timeout: 100 });
    await clock.advance(100);
    expect(await settled).toEqual(['slow']);
  });
});

function clockDelay(clock: ManualClock, duration: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(duration, resolve));
}

function untilAborted(signal: CallContext['signal']): Promise<void> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

/** In the next step, when whoever tells has done what it does about it. */
function later(work: () => Promise<void>): Promise<void> {
  const done = Promise.resolve().then(work);
  done.catch(() => undefined);
  return done;
}
