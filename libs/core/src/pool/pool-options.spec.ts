import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, jest } from '@jest/globals';

import { CircuitBreaker } from '../breaker/circuit-breaker.js';
import { ManualClock } from '../clock/manual-clock.js';
import { OptionsError } from '../options/options.error.js';
import { ConnectionPool } from './connection-pool.js';
import type { PoolEvent } from './pool-event.js';
import type { CreateContext, PoolOptions } from './pool-options.js';
import { poolOptionTable } from './pool-options.table.js';

interface Thing {
  id: number;
}
type Pool = ConnectionPool<Thing>;

/** A pool in virtual time whose resources are numbered. */
function open(options: Partial<PoolOptions<Thing>> = {}): { pool: Pool; clock: ManualClock; events: PoolEvent[] } {
  const clock = new ManualClock();
  let made = 0;
  const pool = new ConnectionPool<Thing>({ name: 'tested', create: () => ({ id: ++made }), clock, ...options });
  const events: PoolEvent[] = [];
  pool.observe((event) => events.push(event));
  return { pool, clock, events };
}

function never<R>(): Promise<R> {
  return new Promise(() => undefined);
}

function after<R>(clock: ManualClock, delay: number, value: R): Promise<R> {
  return new Promise((resolve) => clock.schedule(delay, () => resolve(value)));
}

function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

/** Takes and gives back `count` resources, so that they are idle. */
async function warm(pool: Pool, count: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()));
  for (const lease of leases) lease.release();
}

function typesOf(events: readonly PoolEvent[]): string[] {
  return events.map(({ type }) => type);
}

describe('wrong options', () => {
  it('are all named at once, with what would be right', () => {
    const wrong = { name: 'x', create: () => 1, maxsize: 3, minSize: -1, acquireTimeout: 0, queue: { limit: 0 } };
    const make = (): unknown => new ConnectionPool(wrong);
    expect(make).toThrow(OptionsError);
    expect(make).toThrow(/maxsize: is not an option; did you mean 'maxSize'\?/);
    expect(make).toThrow(/minSize: must be a whole number of at least 0, got -1/);
    expect(make).toThrow(/acquireTimeout: must be milliseconds above 0, or Infinity \(waits for ever\), got 0/);
    expect(make).toThrow(/queue.limit/);
  });

  it.each(Object.keys(poolOptionTable.specs))('%s: undefined is as good as left out', (option) => {
    if (option === 'name' || option === 'create') return;
    expect(() => open({ [option]: undefined })).not.toThrow();
  });

  it('NaN as the timeout of an acquire is refused', async () => {
    const { pool } = open({ maxSize: 1 });
    await pool.acquire();
    expect(await failure(pool.acquire({ timeout: NaN }))).toBeInstanceOf(OptionsError);
  });
});

describe('each option does something', () => {
  it('name: errors, metrics and reports carry it', () => {
    expect(open().pool.getMetrics().name).toBe('tested');
  });

  it('create: makes the resources, and is told when to give up and how to say that one is dead', async () => {
    const contexts: CreateContext[] = [];
    const { pool } = open({ create: (context) => (contexts.push(context), { id: 7 }) });
    expect((await pool.acquire()).resource.id).toBe(7);
    expect(contexts).toEqual([expect.objectContaining({ died: expect.any(Function) })]);
    expect(contexts[0]?.signal.aborted).toBe(false);
  });

  it('validate: what it calls bad is not lent again', async () => {
    const { pool } = open({ validate: ({ id }) => id > 1, validation: { ifIdleFor: 0 } });
    await warm(pool, 1);
    expect((await pool.acquire()).resource.id).toBe(2);
    expect(pool.getMetrics().validationFailures).toBe(1);
  });

  it('reset: is given what comes back, before anybody else has it', async () => {
    const reset = jest.fn();
    const { pool } = open({ reset });
    await warm(pool, 1);
    expect(reset).toHaveBeenCalledWith({ id: 1 }, expect.anything());
    expect(pool.idle).toBe(1);
  });

  it('destroy: is given what the pool gives up', async () => {
    const destroy = jest.fn();
    const { pool } = open({ destroy });
    await warm(pool, 1);
    await pool.close();
    expect(destroy).toHaveBeenCalledWith({ id: 1 }, expect.anything());
  });

  it('maxSize: no more exist at once', async () => {
    const { pool } = open({ maxSize: 2 });
    await Promise.all([pool.acquire(), pool.acquire()]);
    expect(pool.tryAcquire()).toBeUndefined();
    void failure(pool.acquire());
    expect(pool).toMatchObject({ size: 2, waiting: 1 });
    await pool.close({ timeout: 0 });
  });

  it('minSize: start opens them, and they are kept open', async () => {
    const { pool, clock } = open({ minSize: 3 });
    expect(pool.size).toBe(0);
    await pool.start();
    expect(pool).toMatchObject({ state: 'running', idle: 3 });
    (await pool.acquire()).destroy();
    await clock.advance(0);
    expect(pool.idle).toBe(3);
  });

  it('maxIdle: what comes back above it is destroyed', async () => {
    const { pool } = open({ maxIdle: 1 });
    await warm(pool, 3);
    expect(pool.idle).toBe(1);
  });

  it('maxIdle 0: nothing is kept', async () => {
    const { pool } = open({ maxIdle: 0 });
    await warm(pool, 1);
    expect(pool.size).toBe(0);
  });

  it('acquireTimeout: how long an acquire waits; Infinity for ever', async () => {
    const { pool, clock } = open({ maxSize: 1, acquireTimeout: 100 });
    await pool.acquire();
    const short = failure(pool.acquire());
    const long = failure(pool.acquire({ timeout: Infinity }));
    await clock.advance(100);
    expect(await short).toMatchObject({ timeout: 100 });
    await clock.advance(1e6);
    expect(pool.waiting).toBe(1);
    await pool.close({ timeout: 0 });
    await long;
  });

  it('idleTimeout: what nobody uses goes; Infinity keeps it', async () => {
    const { pool, clock } = open({ idleTimeout: 1_000 });
    const kept = open({ idleTimeout: Infinity, maxLifetime: Infinity });
    await warm(pool, 2);
    await warm(kept.pool, 2);
    await clock.advance(2_000);
    await kept.clock.advance(2e6);
    expect([pool.size, kept.pool.size]).toEqual([0, 2]);
  });

  it('maxLifetime: what is older is not lent', async () => {
    const { pool, clock } = open({ maxLifetime: 1_000, retirement: { jitter: 0 } });
    await warm(pool, 1);
    await clock.advance(1_500);
    expect((await pool.acquire()).resource.id).toBe(2);
  });

  it('timeouts.create: what takes longer has failed, and is destroyed when it comes', async () => {
    const clock = new ManualClock();
    const destroy = jest.fn();
    const { pool } = open({ clock, timeouts: { create: 100 }, create: () => after(clock, 200, { id: 9 }), destroy });
    const waiting = failure(pool.acquire({ timeout: 150 }));
    await clock.advance(250);
    await waiting;
    expect(destroy).toHaveBeenCalledWith({ id: 9 }, expect.anything());
  });

  it('timeouts.validate: what takes longer is invalid', async () => {
    const { pool, clock } = open({
      timeouts: { validate: 100 },
      validation: { ifIdleFor: 0 },
      validate: () => never(),
    });
    await warm(pool, 1);
    const waiting = pool.acquire();
    await clock.advance(99);
    expect(pool.getMetrics().validationFailures).toBe(0);
    await clock.advance(1);
    await waiting;
    expect(pool.getMetrics().validationFailures).toBe(1);
  });

  it('timeouts.reset: what takes longer is destroyed', async () => {
    const { pool, clock, events } = open({ timeouts: { reset: 100 }, reset: () => never() });
    await warm(pool, 1);
    await clock.advance(100);
    expect(pool.size).toBe(0);
    expect(typesOf(events)).toContain('pool.reset.failed');
  });

  it('timeouts.destroy: after it the place is free, whatever destroy still does', async () => {
    const { pool, clock } = open({ maxSize: 1, timeouts: { destroy: 100 }, destroy: () => never() });
    (await pool.acquire()).destroy();
    await clock.advance(99);
    expect(pool.closing).toBe(1);
    await clock.advance(1);
    expect(pool.size).toBe(0);
  });

  it('queue.limit: the next acquire is refused', async () => {
    const { pool } = open({ maxSize: 1, queue: { limit: 1 } });
    await pool.acquire();
    const waiting = failure(pool.acquire());
    expect(await failure(pool.acquire())).toMatchObject({ code: 'POOL_QUEUE_FULL' });
    await pool.close({ timeout: 0 });
    await waiting;
  });

  it('creation.concurrency: no more are created at once', async () => {
    const clock = new ManualClock();
    const { pool } = open({ clock, creation: { concurrency: 2 }, create: () => after(clock, 10, { id: 1 }) });
    const leases = Array.from({ length: 5 }, () => pool.acquire());
    expect(pool.creating).toBe(2);
    await clock.advance(1_000);
    await Promise.all(leases);
  });

  it('creation.breaker: one of yours guards several pools; false guards nothing', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ name: 'server', failureThreshold: 1, recoveryTimeout: 10_000, clock });
    const down = jest.fn(() => Promise.reject(new Error('down')));
    const one = open({ clock, create: down, creation: { breaker } });
    const two = open({ clock, create: down, creation: { breaker } });
    const waiting = [failure(one.pool.acquire({ timeout: 500 }))];
    await clock.advance(10);
    waiting.push(failure(two.pool.acquire({ timeout: 500 })));
    await clock.advance(1_000);
    await Promise.all(waiting);
    expect(down).toHaveBeenCalledTimes(1);
    const bare = open({ clock, create: () => Promise.reject(new Error('down')), creation: { breaker: false } });
    expect(bare.pool.state).toBe('cold');
  });

  it('creation.breaker: its options replace the default', async () => {
    const clock = new ManualClock();
    const create = jest.fn(() => Promise.reject(new Error('down')));
    const { pool } = open({ clock, create, creation: { breaker: { recoveryTimeout: 400 } } });
    const waiting = failure(pool.acquire({ timeout: 1_000 }));
    await clock.advance(1_000);
    await waiting;
    expect(create).toHaveBeenCalledTimes(3);
  });

  it('creation.breaker: false, or one that never opens, still leaves the process time to breathe', async () => {
    for (const breaker of [false, { failureThreshold: 1_000_000 }] as const) {
      const create = jest.fn(() => {
        throw new Error('down');
      });
      const pool = new ConnectionPool({ name: 'hasty', create, creation: { breaker, whileOpen: 'fail' } });
      expect(await failure(pool.acquire({ timeout: 50 }))).toMatchObject({ code: 'POOL_TIMEOUT' });
      expect(create.mock.calls.length).toBeLessThanOrEqual(6);
      await pool.close();
    }
  });

  it('creation.isFatal: such an error refuses all waiters at once', async () => {
    const { pool, clock } = open({ create: () => Promise.reject(new Error('no')), creation: { isFatal: () => true } });
    const waiting = failure(pool.acquire());
    await clock.advance(0);
    expect(await waiting).toMatchObject({ code: 'RESOURCE_CREATE_FAILED', cause: new Error('no') });
  });

  it("creation.onStart: 'fail' fails with the first creation, 'tolerate' carries on", async () => {
    const create = (): Promise<Thing> => Promise.reject(new Error('no'));
    const strict = open({ minSize: 1, create });
    expect(await failure(strict.pool.start())).toMatchObject({ code: 'RESOURCE_CREATE_FAILED' });
    expect(strict.pool.state).toBe('cold');
    const lenient = open({ minSize: 1, create, creation: { onStart: 'tolerate' } });
    await lenient.pool.start();
    expect(lenient.pool.state).toBe('running');
  });

  it("creation.whileOpen: 'fail' refuses while nothing can be created", async () => {
    const create = (): Promise<Thing> => Promise.reject(new Error('down'));
    const { pool, clock } = open({ create, creation: { whileOpen: 'fail', breaker: { recoveryTimeout: 5_000 } } });
    const first = failure(pool.acquire());
    await clock.advance(0);
    expect(await first).toMatchObject({ code: 'RESOURCE_CREATE_FAILED', retryAfter: 5_000 });
    expect(await failure(pool.acquire())).toMatchObject({ code: 'RESOURCE_CREATE_FAILED' });
  });

  it('validation.ifIdleFor: within it nothing is asked', async () => {
    const validate = jest.fn(() => true);
    const { pool, clock } = open({ validate, validation: { ifIdleFor: 500, every: Infinity } });
    await warm(pool, 1);
    await clock.advance(499);
    await warm(pool, 1);
    expect(validate).toHaveBeenCalledTimes(0);
    await clock.advance(500);
    await warm(pool, 1);
    expect(validate).toHaveBeenCalledTimes(1);
  });

  it('validation.ifIdleFor: 0 asks before each use, on the real clock too', async () => {
    const validate = jest.fn(() => true);
    const pool = new ConnectionPool({ name: 'asked', create: () => ({}), validate, validation: { ifIdleFor: 0 } });
    for (let use = 0; use < 3; use++) (await pool.acquire()).release();
    expect(validate).toHaveBeenCalledTimes(2);
    await pool.close();
  });

  it('validation.every: idle resources are asked; Infinity never', async () => {
    const validate = jest.fn(() => true);
    const { pool, clock } = open({ validate, validation: { every: 1_000 } });
    await warm(pool, 2);
    await clock.advance(1_100);
    expect(validate).toHaveBeenCalledTimes(2);
    const silent = jest.fn(() => true);
    const quiet = open({ validate: silent, validation: { every: Infinity } });
    await warm(quiet.pool, 2);
    await quiet.clock.advance(500_000);
    expect(silent).toHaveBeenCalledTimes(0);
  });

  it('validation.onReturn: a resource is asked when it comes back', async () => {
    const { pool } = open({ validate: () => false, validation: { onReturn: true } });
    await warm(pool, 1);
    expect(pool.size).toBe(0);
  });

  it('validation.suspectOthers: one bad one makes the others suspect', async () => {
    const asked = { true: 0, false: 0 };
    for (const suspectOthers of [true, false] as const) {
      const validate = ({ id }: Thing): boolean => (asked[`${suspectOthers}`]++, id !== 3);
      const { pool, clock } = open({
        validate,
        validation: { ifIdleFor: 500, every: Infinity, suspectOthers },
        retirement: { order: 'fifo' },
      });
      const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
      leases[2].release();
      await clock.advance(1_000);
      leases[0].release();
      leases[1].release();
      await clock.advance(1);
      expect(pool.tryAcquire()?.resource.id).toBe(1);
    }
    expect(asked).toEqual({ true: 3, false: 1 });
  });

  it('retirement.maxUses: after so many leases it goes', async () => {
    const { pool } = open({ retirement: { maxUses: 2 } });
    await warm(pool, 1);
    await warm(pool, 1);
    expect(pool.size).toBe(0);
  });

  it('retirement.jitter: lifetimes are that much shorter at most', async () => {
    const { pool, clock } = open({ maxLifetime: 1_000, retirement: { jitter: 0.5 }, random: () => 0.999 });
    await warm(pool, 1);
    clock.freeze(600);
    expect(pool.tryAcquire()).toBeUndefined();
  });

  it('retirement.replaceFirst: false lets the pool fall below minSize for a moment', async () => {
    const least = { true: 1, false: 1 };
    for (const replaceFirst of [true, false] as const) {
      const clock = new ManualClock();
      const { pool } = open({
        clock,
        minSize: 1,
        maxLifetime: 10_000,
        retirement: { jitter: 0, replaceFirst },
        create: () => after(clock, 200, { id: 1 }),
      });
      const started = pool.start();
      await clock.advance(200);
      await started;
      for (let round = 0; round < 150; round++) {
        await clock.advance(100);
        least[`${replaceFirst}`] = Math.min(least[`${replaceFirst}`], pool.idle);
      }
    }
    expect(least).toEqual({ true: 1, false: 0 });
  });

  it('retirement.order: the one used last, or the one idle for longest', async () => {
    for (const [order, expected] of [['lifo', 3] as const, ['fifo', 1] as const]) {
      const { pool } = open({ retirement: { order } });
      await warm(pool, 3);
      expect(pool.tryAcquire()?.resource.id).toBe(expected);
    }
  });

  it('leaks.after: a lease held for longer is reported, once; a lease may say otherwise', async () => {
    const { pool, clock, events } = open({ leaks: { after: 1_000 } });
    await pool.acquire({ label: 'slow' });
    await pool.acquire({ label: 'slower, and says so', leakAfter: 1e6 });
    await clock.advance(5_000);
    const leaks = events.filter(({ type }) => type === 'pool.leak.suspected');
    expect(leaks).toEqual([expect.objectContaining({ holder: expect.objectContaining({ label: 'slow' }) })]);
    expect(pool.getMetrics().leaks).toBe(1);
  });

  it("leaks.stacks: 'always' says where it was taken, and can be switched on while the pool runs", async () => {
    const { pool } = open({ leaks: { stacks: 'always' } });
    await pool.acquire();
    expect(pool.holders()[0]?.stack).toContain('pool-options.spec');
    const later = open();
    await later.pool.acquire();
    later.pool.watchLeaks({ stacks: 'always' });
    await later.pool.acquire();
    expect(later.pool.holders().filter(({ stack }) => stack !== undefined)).toHaveLength(1);
  });

  it('leaks.nested: an acquire within a lease of the same pool is reported', async () => {
    const { pool, events } = open({ leaks: { nested: true } });
    await Promise.all([
      (async () => {
        const outer = await pool.acquire();
        const inner = await pool.acquire({ label: 'inner' });
        inner.release();
        outer.release();
      })(),
      (async () => (await pool.acquire()).release())(),
    ]);
    expect(events.filter(({ type }) => type === 'pool.nested.acquire')).toEqual([
      expect.objectContaining({ label: 'inner' }),
    ]);
  });

  it('leaks.nested: once the pool is closed, nothing of it is left in the async contexts of the process', async () => {
    const entered = jest.spyOn(AsyncLocalStorage.prototype, 'enterWith');
    const disabled = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
    const { pool } = open({ leaks: { nested: true } });
    (await pool.acquire()).release();
    expect([entered.mock.calls.length, disabled.mock.calls.length]).toEqual([1, 0]);
    await pool.close();
    expect(disabled).toHaveBeenCalledTimes(1);
    pool.watchLeaks({ nested: true });
    await failure(pool.acquire());
    expect(entered).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
  });

  it('leaks.stallAfter: all lent, somebody waits, nothing moves: reported once', async () => {
    const { pool, clock, events } = open({ maxSize: 1, leaks: { stallAfter: 1_000 } });
    await pool.acquire({ label: 'holder' });
    const waiting = failure(pool.acquire({ timeout: 10_000 }));
    await clock.advance(10_000);
    await waiting;
    const stalls = events.filter(({ type }) => type === 'pool.stalled');
    expect(stalls).toEqual([
      expect.objectContaining({ waiting: 1, holders: [expect.objectContaining({ label: 'holder' })] }),
    ]);
  });

  it('metrics.sampleEvery: 1 records every lease', async () => {
    const { pool, clock } = open({ metrics: { sampleEvery: 1 } });
    for (let round = 0; round < 3; round++) {
      const lease = await pool.acquire();
      await clock.advance(20);
      lease.release();
    }
    expect(pool.getMetrics().timings.use).toMatchObject({ count: 3, min: 20, max: 20 });
  });

  it('clock: no time passes but its own', async () => {
    const clock = new ManualClock(1_000);
    const { pool } = open({ clock });
    expect(pool.getMetrics().uptime).toBe(0);
    await clock.advance(70);
    expect(pool.getMetrics().uptime).toBe(70);
  });

  it('random: is drawn from, for jitter', async () => {
    const random = jest.fn(() => 0.5);
    const { pool } = open({ random });
    await warm(pool, 1);
    expect(random).toHaveBeenCalled();
  });

  it('destroyOnError: such an error of the work condemns the resource', async () => {
    const { pool } = open({ destroyOnError: () => true });
    await failure(pool.use(() => Promise.reject(new Error('broken pipe'))));
    expect(pool.size).toBe(0);
  });
});
