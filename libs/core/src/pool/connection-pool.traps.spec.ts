import { describe, expect, it, jest } from '@jest/globals';

import { OptionsError } from '../options/options.error.js';
import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from './connection-pool.js';
import type { Lease } from './lease.js';
import { after, failure, open, type Thing } from './open-pool.fixture.js';
import type { CreateContext, PoolOptions } from './pool-options.js';

/** Found by using the pool as nobody should. */
describe('a listener may do anything to the pool', () => {
  it('destroying, when it hears of a release, what is being released', async () => {
    const destroy = jest.fn();
    const { pool } = open({ destroy });
    pool.observe(({ type }) => void (type === 'pool.released' && pool.evict(undefined, { hard: true })), {
      leases: true,
    });
    (await pool.acquire()).release();
    (await pool.acquire()).destroy();
    (await pool.acquire()).detach();
    expect(destroy).toHaveBeenCalledTimes(2);
    expect(pool).toMatchObject({ size: 0, leased: 0 });
  });

  it('giving back another lease when it hears of one: those who wait are served in order', async () => {
    const { pool } = open({ maxSize: 2 });
    const held = [await pool.acquire(), await pool.acquire()];
    const served: number[] = [];
    const waiting = [1, 2].map((who) => pool.acquire().then(() => served.push(who)));
    pool.observe(({ type }) => void (type === 'pool.acquired' && held.pop()?.release()), { leases: true });
    held.shift()?.release();
    await Promise.all(waiting);
    expect(served).toEqual([1, 2]);
  });

  it('destroying all, when it hears of a timeout, while a resource is on its way to the next who waits', async () => {
    const { pool, clock } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const late = failure(pool.acquire({ timeout: 10 }));
    const next = pool.acquire();
    pool.observe(({ type }) => void (type === 'pool.acquire.timeout' && pool.evict(undefined, { hard: true })));
    clock.freeze(20);
    held.release();
    expect(await late).toMatchObject({ code: 'POOL_TIMEOUT' });
    await next;
    expect(pool.size).toBeLessThanOrEqual(1);
    await pool.close({ timeout: 0 });
    expect(pool.getMetrics()).toMatchObject({ size: 0, created: pool.getMetrics().destroyed });
  });

  it('is told one thing after the other, in the order in which they happened', async () => {
    const { pool } = open();
    const heard: string[] = [];
    pool.observe(({ type }) => void (type === 'pool.acquired' && pool.suspend()), { leases: true });
    pool.observe(({ type }) => heard.push(type), { leases: true });
    (await pool.acquire()).release();
    expect(heard).toEqual(['pool.resource.created', 'pool.acquired', 'pool.state.changed', 'pool.released']);
  });
});

describe('a factory that', () => {
  it('brings what is dead on arrival has failed: it is asked at the pace of the breaker', async () => {
    const create = jest.fn(({ died }: CreateContext) => {
      died(new Error('reset by peer'));
      return { id: 1 };
    });
    const { pool, clock } = open({ create });
    const waiting = failure(pool.acquire({ timeout: 1_000 }));
    await clock.advance(1_000);
    expect(await waiting).toMatchObject({ code: 'POOL_TIMEOUT', cause: new Error('reset by peer') });
    const calls = create.mock.calls.length;
    expect(calls).toBeLessThan(10);
    expect(pool.getMetrics()).toMatchObject({ created: calls, destroyed: calls, createFailures: calls, size: 0 });
  });

  it('makes the same thing twice has failed the second time: it never has two holders', async () => {
    const one = { id: 1 };
    const { pool, clock } = open({ create: () => one });
    const first = await pool.acquire();
    const second = failure(pool.acquire({ timeout: 10 }));
    await clock.advance(10);
    expect((await second).cause).toMatchObject({ message: expect.stringContaining('is in the pool already') });
    first.release();
    expect((await pool.acquire()).resource).toBe(one);
  });

  it.each([0, '', null, undefined, false, NaN])('makes %p makes a resource like any other', async (value) => {
    const seen: unknown[] = [];
    const pool = new ConnectionPool<unknown>({
      name: 'falsy',
      create: () => value,
      destroy: (resource) => seen.push(resource),
      validate: (resource) => void seen.push(resource),
      reset: (resource) => seen.push(resource),
      validation: { ifIdleFor: 0, onReturn: true },
    });
    await pool.use((resource) => seen.push(resource));
    expect(pool.tryAcquire()?.detach()).toBe(value);
    await pool.use(() => undefined);
    expect(await pool.evict((resource: unknown) => Object.is(resource, value))).toBe(1);
    expect(seen.every((resource) => Object.is(resource, value))).toBe(true);
  });
});

describe('what dies or is evicted', () => {
  it('while a synchronous validation says that it is good, is not lent', async () => {
    const { pool } = open({ validation: { ifIdleFor: 0 }, validate: () => void pool.evict() });
    (await pool.acquire()).release();
    const lease = pool.tryAcquire();
    expect(lease).toBeUndefined();
    expect(pool.size).toBe(0);
  });

  it('while it is created, validated or reset, is destroyed when that has ended', async () => {
    const { pool, clock } = open({
      create: () => after(clock, 10, { id: 1 }),
      reset: () => after(clock, 10, true),
      validate: () => after(clock, 10, true),
      validation: { ifIdleFor: 0 },
    });
    const created = pool.acquire();
    await pool.evict();
    await clock.advance(20);
    (await created).release();
    await pool.evict();
    await clock.advance(10);
    expect(pool.getMetrics()).toMatchObject({ created: 2, destroyed: 2, size: 0 });
    const again = pool.acquire();
    await clock.advance(10);
    (await again).release();
    await clock.advance(10);
    const validated = failure(pool.acquire({ timeout: 5 }));
    await pool.evict();
    await clock.advance(10);
    await validated;
    expect(pool.getMetrics()).toMatchObject({ idle: 0, leased: 0 });
    await clock.advance(100);
    await pool.close();
  });
});

describe('calls that make no sense', () => {
  it('of acquire are refused on an idle pool too, and not first under load', async () => {
    const { pool } = open();
    (await pool.acquire()).release();
    const wrong = [
      { timeout: NaN },
      { timeout: -1 },
      { timeout: '10' as unknown as number },
      { leakAfter: NaN },
      { signal: {} as AbortSignal },
    ];
    for (const options of wrong) expect(await failure(pool.acquire(options))).toBeInstanceOf(OptionsError);
    expect(pool).toMatchObject({ idle: 1, waiting: 0 });
  });

  it('of drain and watchLeaks are refused; what watchLeaks leaves out stays', async () => {
    const { pool, clock } = open({ leaks: { after: 100, stacks: 'always' } });
    expect(await failure(pool.drain({ timeout: NaN }))).toBeInstanceOf(OptionsError);
    expect(pool.state).toBe('cold');
    expect(() => pool.watchLeaks({ after: -1 })).toThrow(OptionsError);
    pool.watchLeaks({ after: 200 });
    await pool.acquire();
    expect(pool.holders()[0]?.stack).toBeDefined();
    await clock.advance(1_000);
    expect(pool.getMetrics().leaks).toBe(1);
  });

  it('of close count as left out: NaN does not take leases at once', async () => {
    const { pool, clock } = open();
    await pool.acquire();
    const closed = pool.close({ timeout: NaN });
    await clock.advance(9_999);
    expect(pool.leased).toBe(1);
    await clock.advance(1);
    expect((await closed).holders).toHaveLength(1);
  });

  it('of resize are refused; undefined leaves a bound as it is', () => {
    const { pool } = open({ maxSize: 4, minSize: 1 });
    pool.resize({ maxSize: undefined as unknown as number, minSize: 2 });
    expect(pool.getMetrics()).toMatchObject({ minSize: 2, maxSize: 4 });
    expect(() => pool.resize({ maxSize: NaN })).toThrow(OptionsError);
  });
});

describe('combinations', () => {
  it('resize above maxIdle keeps minSize, and does not create and destroy for ever', async () => {
    const { pool, clock } = open({ maxIdle: 1 });
    await pool.start();
    pool.resize({ minSize: 3 });
    await clock.advance(10);
    expect(pool.getMetrics()).toMatchObject({ idle: 3, created: 3, destroyed: 0 });
  });

  it('work that releases or detaches its lease and then fails makes no stale call', async () => {
    const { pool } = open({ destroyOnError: () => true });
    const fail = (end: 'release' | 'detach') =>
      failure(
        pool.use((_thing, lease) => {
          lease[end]();
          throw new Error('afterwards');
        }),
      );
    expect((await fail('release')).message).toBe('afterwards');
    expect((await fail('detach')).message).toBe('afterwards');
    expect(pool.getMetrics()).toMatchObject({ staleCalls: 0, destroyed: 0, detached: 1 });
  });

  it('minSize is not kept while draining, and again after resume', async () => {
    const { pool, clock } = open({ minSize: 2 });
    await pool.start();
    await pool.drain();
    await pool.evict();
    await clock.advance(10);
    expect(pool.size).toBe(0);
    pool.resume();
    await clock.advance(10);
    expect(pool.idle).toBe(2);
  });
});

describe('who waits for one that is being looked after has another, if it goes', () => {
  it('evicted while it was asked: an idle one is lent before the evicted one is destroyed', async () => {
    const { pool, clock } = open({
      maxSize: 2,
      validation: { ifIdleFor: 0 },
      validate: () => after(clock, 10, true),
      destroy: () => after(clock, 1_000, undefined),
    });
    const both = [await pool.acquire(), await pool.acquire()];
    for (const lease of both) lease.release();
    let lent: number | undefined;
    void pool.acquire().then(({ resource }) => (lent = resource.id));
    void pool.evict(({ id }) => id === 2);
    await clock.advance(30);
    expect(lent).toBe(1);
    expect(pool.getMetrics().closing).toBe(1);
  });

  it('reset in vain: what it leaves room for is created before it is destroyed', async () => {
    const { pool, clock } = open({
      maxSize: 2,
      reset: () => after(clock, 10, undefined).then(() => Promise.reject(new Error('dirty'))),
      destroy: () => after(clock, 1_000, undefined),
    });
    const first = await pool.acquire();
    first.release();
    let lent: number | undefined;
    void pool.acquire().then(({ resource }) => (lent = resource.id));
    await clock.advance(30);
    expect(lent).toBe(2);
    expect(pool.getMetrics().closing).toBe(1);
  });

  it.each<[string, Partial<PoolOptions<Thing>>, (lease: Lease<Thing>, pool: ConnectionPool<Thing>) => unknown]>([
    ['destroyed by its holder', {}, (lease) => lease.destroy()],
    ['evicted', {}, (lease, pool) => void pool.evict(lease, { hard: true })],
    ['used up', { retirement: { maxUses: 6 } }, (lease) => lease.release()],
  ])('%s: what was expected to come back soon is created at once', async (_how, options, end) => {
    const clock = new ManualClock();
    let made = 0;
    const create = (): Promise<Thing> => after(clock, 150, { id: ++made });
    const { pool } = open({ maxSize: 3, clock, create, destroy: () => after(clock, 4_000, undefined), ...options });
    const first = pool.acquire();
    await clock.advance(150);
    let lease = await first;
    for (let uses = 0; uses < 5; uses++) {
      const next = pool.acquire();
      await clock.advance(2);
      lease.release();
      lease = await next;
    }
    let lent: number | undefined;
    void pool.acquire().then(({ resource }) => (lent = resource.id));
    end(lease, pool);
    await clock.advance(150);
    expect(lent).toBe(2);
  });
});

describe('a loop that only awaits refusals', () => {
  it.each<[string, (pool: ConnectionPool<object>) => unknown]>([
    ['by an open breaker', () => undefined],
    ['by a pool that drains', (pool) => void pool.drain()],
    ['by a pool that is closed', (pool) => pool.close()],
  ])('%s leaves the process its turns', async (_by, begin) => {
    const pool = new ConnectionPool<object>({
      name: 'tested',
      create: () => Promise.reject(new Error('down')),
      creation: { breaker: { failureThreshold: 1, recoveryTimeout: 60_000 }, whileOpen: 'fail' },
    });
    await failure(pool.acquire());
    await begin(pool);
    let turned = false;
    setImmediate(() => (turned = true));
    let refusals = 0;
    for (; !turned && refusals < 10_000; refusals++) await failure(pool.acquire());
    expect(turned).toBe(true);
    expect(refusals).toBeGreaterThan(100);
    await pool.close();
  });
});
