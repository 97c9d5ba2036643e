import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from './connection-pool.js';
import type { Lease } from './lease.js';
import type { PoolOptions } from './pool-options.js';
import { PoolClosedError, PoolTimeoutError } from './pool.errors.js';

interface Thing {
  id: number;
}

/** A pool in virtual time whose resources are numbered. */
function open(options: Partial<PoolOptions<Thing>> = {}): { pool: ConnectionPool<Thing>; clock: ManualClock } {
  const clock = new ManualClock();
  let made = 0;
  const pool = new ConnectionPool<Thing>({ name: 'tested', create: () => ({ id: ++made }), clock, ...options });
  return { pool, clock };
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

/** Each of these happens, or has happened, in a pool that many use. */
describe('defects other pools have', () => {
  it('ABA: releasing twice never frees what somebody else has meanwhile been lent', async () => {
    const { pool } = open({ maxSize: 1 });
    const first = await pool.acquire();
    first.release();
    const second = await pool.acquire();
    first.release();
    first.destroy();
    first[Symbol.dispose]();
    expect(() => first.detach()).toThrow('has ended');
    expect(pool.tryAcquire()).toBeUndefined();
    expect(pool.leased).toBe(1);
    expect(pool.getMetrics().staleCalls).toBe(3);
    second.release();
  });

  it('L1: a waiter that has timed out is not given a resource that comes later', async () => {
    const { pool, clock } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const waiting = failure(pool.acquire({ timeout: 10 }));
    await clock.advance(10);
    expect(await waiting).toBeInstanceOf(PoolTimeoutError);
    held.release();
    expect(pool.idle).toBe(1);
  });

  it('L2: a creation that lands after its waiter has gone is there for the next', async () => {
    const { pool, clock } = open({ maxSize: 1, create: () => after(clock, 50, { id: 1 }) });
    const gone = failure(pool.acquire({ timeout: 10 }));
    await clock.advance(50);
    await gone;
    expect(pool.idle).toBe(1);
    expect(pool.creating).toBe(0);
  });

  it('L3, P1: closing settles every waiter', async () => {
    const { pool } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const waiting = [failure(pool.acquire()), failure(pool.acquire({ timeout: Infinity }))];
    const closed = pool.close();
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(PoolClosedError);
    held.release();
    expect((await closed).clean).toBe(true);
  });

  it("L4': first in, first out still lets idle resources age", async () => {
    const { pool, clock } = open({ idleTimeout: 1_000, retirement: { order: 'fifo' } });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    for (let round = 0; round < 10; round++) {
      (await pool.acquire()).release();
      await clock.advance(500);
    }
    expect(pool.size).toBeLessThan(3);
  });

  it("L5': 20,000 waiters that release at once do not overflow the stack", async () => {
    const { pool } = open({ maxSize: 1, queue: { limit: 20_000 } });
    const held = await pool.acquire();
    const served = Array.from({ length: 20_000 }, () => pool.acquire().then((lease) => lease.release()));
    held.release();
    await Promise.all(served);
    expect(pool.getMetrics().acquired).toBe(20_001);
  });

  it('L6, T4: close destroys what is still lent when its time is over, and says who held it', async () => {
    const destroyed: Thing[] = [];
    const { pool, clock } = open({ destroy: (thing) => destroyed.push(thing) });
    const lease = await pool.acquire({ label: 'leaky' });
    const closed = pool.close({ timeout: 100 });
    await clock.advance(100);
    expect(await closed).toMatchObject({ clean: false, destroyed: 1, holders: [{ label: 'leaky', heldFor: 100 }] });
    expect(destroyed).toEqual([lease.resource]);
    lease.release();
    expect(destroyed).toHaveLength(1);
  });

  it('L7: waiters that have given up do not fill the queue', async () => {
    const { pool } = open({ maxSize: 1, queue: { limit: 1 } });
    await pool.acquire();
    const abort = new AbortController();
    const gone = failure(pool.acquire({ signal: abort.signal }));
    abort.abort(new Error('no more'));
    expect((await gone).message).toBe('no more');
    const next = failure(pool.acquire());
    expect((await failure(pool.acquire())).message).toContain('queue.limit');
    await pool.close({ timeout: 0 });
    await next;
  });

  it('L8, G1, S2: a create that hangs loses neither its place nor the pool', async () => {
    let calls = 0;
    const { pool, clock } = open({
      maxSize: 1,
      timeouts: { create: 100, destroy: 50 },
      create: () => (++calls === 1 ? never() : { id: calls }),
    });
    const lease = pool.acquire();
    await clock.advance(300);
    expect((await lease).resource.id).toBe(2);
  });

  it('L8: a validate that hangs costs one resource, not a place', async () => {
    let asked = 0;
    const { pool, clock } = open({
      maxSize: 1,
      timeouts: { validate: 100 },
      validation: { ifIdleFor: 0 },
      validate: () => (++asked === 1 ? never() : true),
    });
    (await pool.acquire()).release();
    const lease = pool.acquire();
    await clock.advance(100);
    expect((await lease).resource.id).toBe(2);
    expect(pool.getMetrics().validationFailures).toBe(1);
  });

  it('G8: a validate that rejects means invalid, and nothing else', async () => {
    const { pool, clock } = open({ validation: { ifIdleFor: 0 }, validate: () => Promise.reject(new Error('gone')) });
    (await pool.acquire()).release();
    const lease = pool.acquire();
    await clock.advance(0);
    expect((await lease).resource.id).toBe(2);
  });

  it('G2: a create that throws at once is a failed creation', async () => {
    let calls = 0;
    const { pool, clock } = open({
      create: () => {
        if (++calls === 1) throw new Error('not yet');
        return { id: calls };
      },
    });
    const lease = pool.acquire();
    await clock.advance(1_000);
    expect((await lease).resource.id).toBe(2);
    expect(pool.getMetrics().createFailures).toBe(1);
  });

  it('G3: what was evicted is never lent again', async () => {
    const { pool } = open();
    const leases = [await pool.acquire(), await pool.acquire()] as const;
    leases[0].release();
    expect(await pool.evict()).toBe(2);
    leases[1].release();
    expect(pool.size).toBe(0);
    expect((await pool.acquire()).resource.id).toBe(3);
  });

  it('G5, T5: a database that is down is asked at a pace that does not grow with the waiters', async () => {
    let calls = 0;
    const { pool, clock } = open({
      maxSize: 50,
      random: () => 0,
      creation: { concurrency: 2 },
      create: () => {
        calls++;
        return Promise.reject(new Error('down'));
      },
    });
    const waiting = Array.from({ length: 50 }, () => failure(pool.acquire({ timeout: 1_000 })));
    await clock.advance(1_000);
    await Promise.all(waiting);
    // The first two at once, then single trials after 100, 200 and 400 ms.
    expect(calls).toBeLessThanOrEqual(6);
  });

  it('G7: idleness never takes the pool below minSize', async () => {
    const { pool, clock } = open({ minSize: 2, idleTimeout: 1_000 });
    await pool.start();
    await clock.advance(10_000);
    expect(pool.getMetrics()).toMatchObject({ idle: 2, created: 2, destroyed: 0 });
  });

  it('G9: a waiter whose deadline passed while the process was blocked is refused when it is its turn', async () => {
    const { pool, clock } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const waiting = failure(pool.acquire({ timeout: 100 }));
    clock.freeze(150);
    held.release();
    expect(await waiting).toBeInstanceOf(PoolTimeoutError);
    expect(pool.idle).toBe(1);
  });

  it('S1: a destroy that rejects is counted and reported, and rejects nothing else', async () => {
    const { pool } = open({ destroy: () => Promise.reject(new Error('cannot')) });
    const lease = await pool.acquire();
    lease.destroy();
    const report = await pool.close();
    expect(report).toMatchObject({ clean: false, holders: [], errors: [new Error('cannot')] });
    expect(pool.getMetrics()).toMatchObject({ size: 0, destroyed: 1, destroyFailures: 1 });
  });

  it("S5': a creation that fails rejects nobody while others may still succeed", async () => {
    let calls = 0;
    const { pool, clock } = open({
      creation: { breaker: false, concurrency: 2 },
      create: () => (++calls === 1 ? Promise.reject(new Error('once')) : { id: calls }),
    });
    const leases = Promise.all([pool.acquire(), pool.acquire()]);
    await clock.advance(20);
    expect((await leases).map(({ resource }) => resource.id)).toEqual([2, 3]);
  });

  it('T1: an acquire after close is refused at once', async () => {
    const { pool } = open();
    await pool.close();
    expect(await failure(pool.acquire())).toBeInstanceOf(PoolClosedError);
    expect(pool.tryAcquire()).toBeUndefined();
  });

  it('T2: a waiter that gives up during a validation leaves the resource alive', async () => {
    const { pool, clock } = open({ validation: { ifIdleFor: 0 }, validate: () => after(clock, 50, true) });
    (await pool.acquire()).release();
    const gone = failure(pool.acquire({ timeout: 10 }));
    await clock.advance(50);
    await gone;
    expect(pool.getMetrics()).toMatchObject({ idle: 1, destroyed: 0 });
  });

  it('P2: a resource counts towards maxSize until it has been destroyed', async () => {
    let open_ = 0;
    let most = 0;
    const { pool, clock } = open({
      maxSize: 1,
      create: () => {
        most = Math.max(most, ++open_);
        return { id: 0 };
      },
      destroy: async () => {
        await after(clock, 50, undefined);
        open_--;
      },
    });
    for (let round = 0; round < 5; round++) {
      const lease = pool.acquire();
      await clock.advance(60);
      (await lease).destroy();
    }
    expect(most).toBe(1);
  });

  it('M1: minSize is never above maxSize', () => {
    expect(() => open({ minSize: 3, maxSize: 2 })).toThrow('minSize: must not exceed maxSize (2)');
  });

  it('P3: an idle resource that dies leaves the pool, and nobody is thrown at', async () => {
    let died: (reason?: unknown) => void = () => undefined;
    const { pool } = open({
      create: (context) => {
        died = context.died;
        return { id: 1 };
      },
    });
    (await pool.acquire()).release();
    died(new Error('ECONNRESET'));
    expect(pool.size).toBe(0);
  });
});

describe('what users of other pools report', () => {
  it('the timeout says who holds what, and why nothing was created', async () => {
    let calls = 0;
    const { pool, clock } = open({
      maxSize: 2,
      create: () => (++calls === 1 ? { id: 1 } : Promise.reject(new Error('password=secret is wrong'))),
    });
    await pool.acquire({ label: 'nightly report' });
    const waiting = failure(pool.acquire({ timeout: 100 }));
    await clock.advance(100);
    const error = (await waiting) as PoolTimeoutError;
    expect(error.message).toContain("'nightly report' for 100 ms");
    expect(error.message).toContain('The last creation failed: password=*** is wrong');
    expect((error.cause as Error).message).toContain('secret');
    expect(error).toMatchObject({ code: 'POOL_TIMEOUT', waited: 100, timeout: 100, metrics: { leased: 1 } });
  });

  it('a fatal creation error refuses all waiters at once', async () => {
    const { pool, clock } = open({
      create: () => Promise.reject(new Error('wrong password')),
      creation: { isFatal: () => true },
    });
    const waiting = [failure(pool.acquire()), failure(pool.acquire())];
    await clock.advance(0);
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'RESOURCE_CREATE_FAILED' });
  });

  it('the acquire timeout is an upper bound, whatever happens on the way', async () => {
    const { pool, clock } = open({
      maxSize: 1,
      timeouts: { create: 60 },
      create: () => after(clock, 1_000, { id: 1 }),
    });
    const waiting = failure(pool.acquire({ timeout: 500 }));
    await clock.advance(500);
    expect(await waiting).toMatchObject({ waited: 500 });
  });

  it('waiters are woken when a resource is destroyed, detached or evicted', async () => {
    const { pool, clock } = open({ maxSize: 1 });
    const end: ((lease: Lease<Thing>) => unknown)[] = [
      (lease) => lease.destroy(),
      (lease) => lease.detach(),
      (lease) => pool.evict(lease, { hard: true }),
    ];
    let lease = await pool.acquire();
    for (const finish of end) {
      const waiting = pool.acquire();
      finish(lease);
      await clock.advance(0);
      lease = await waiting;
    }
    expect(lease.resource.id).toBe(4);
  });

  it('an acquire that is aborted as it is granted loses nothing', async () => {
    const { pool } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const abort = new AbortController();
    const waiting = pool.acquire({ signal: abort.signal });
    held.release();
    abort.abort();
    const lease = await waiting;
    lease.release();
    expect(pool.idle).toBe(1);
  });

  it('a cancelled acquirer does not stop the creation it caused', async () => {
    let aborted = false;
    const { pool, clock } = open({
      create: ({ signal }) => {
        signal.addEventListener('abort', () => (aborted = true));
        return after(clock, 50, { id: 1 });
      },
    });
    const abort = new AbortController();
    const gone = failure(pool.acquire({ signal: abort.signal }));
    abort.abort();
    await gone;
    await clock.advance(50);
    expect(aborted).toBe(false);
    expect(pool.idle).toBe(1);
  });

  it('connections do not all die at once: jitter is drawn once per resource', async () => {
    const draws = [0, 0.5, 1];
    const { pool, clock } = open({
      maxLifetime: 1_000,
      retirement: { jitter: 0.4 },
      random: () => draws.shift() ?? 0.5,
    });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    const sizes: number[] = [];
    for (const step of [590, 200, 200]) {
      await clock.advance(step);
      sizes.push(pool.size);
    }
    expect(new Set(sizes).size).toBe(3);
  });

  it('a lifetime ends at acquire and at release too, not only when the pool sweeps', async () => {
    const { pool, clock } = open({ maxLifetime: 1_000, retirement: { jitter: 0 } });
    const lease = await pool.acquire();
    clock.freeze(1_000);
    lease.release();
    expect(pool.size).toBe(0);
    (await pool.acquire()).release();
    clock.freeze(1_000);
    expect(pool.tryAcquire()).toBeUndefined();
  });

  it('the successor is there before the lifetime ends', async () => {
    const { pool, clock } = open({ minSize: 1, maxSize: 2, maxLifetime: 10_000, retirement: { jitter: 0 } });
    await pool.start();
    let least = 1;
    for (let round = 0; round < 300; round++) {
      await clock.advance(100);
      least = Math.min(least, pool.idle);
    }
    expect(least).toBe(1);
    expect(pool.getMetrics().destroyed).toBeGreaterThan(1);
  });

  it('after a freeze of the process nothing is lent unasked', async () => {
    let asked = 0;
    const { pool, clock } = open({ validate: () => ++asked > 0, validation: { ifIdleFor: 3_600_000 } });
    (await pool.acquire()).release();
    clock.freeze(600_000, { wallOnly: true });
    await clock.advance(1);
    (await pool.acquire()).release();
    expect(asked).toBe(1);
  });

  it('after a failover the dead ones are found together, not one by one', async () => {
    let alive = true;
    const { pool, clock } = open({
      maxSize: 5,
      validation: { ifIdleFor: 0, every: Infinity },
      timeouts: { validate: 1_000 },
      validate: () => alive || never(),
    });
    for (const lease of await Promise.all(Array.from({ length: 5 }, () => pool.acquire()))) lease.release();
    alive = false;
    const waiting = pool.acquire();
    await clock.advance(1_000);
    alive = true;
    await clock.advance(1_000);
    await waiting;
    expect(pool.getMetrics().validationFailures).toBe(5);
  });

  it('create and destroy see nothing of who asked, and who asked sees what was theirs', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const { pool } = open({
      create: () => (seen.push(request.getStore()), Promise.resolve({ id: 1 })),
      destroy: () => void seen.push(request.getStore()),
    });
    await request.run('mine', async () => {
      const lease = await pool.acquire();
      expect(request.getStore()).toBe('mine');
      lease.destroy();
    });
    expect(seen).toEqual([undefined, undefined]);
  });

  it('the queue is bounded', async () => {
    const { pool } = open({ maxSize: 1, queue: { limit: 2 } });
    await pool.acquire();
    const waiting = [failure(pool.acquire()), failure(pool.acquire())];
    expect(await failure(pool.acquire())).toMatchObject({ code: 'POOL_QUEUE_FULL', limit: 2 });
    void pool.close({ timeout: 0 });
    await Promise.all(waiting);
  });

  it('a spike on a warm pool creates nothing that arrives too late', async () => {
    const { pool, clock } = open({ maxSize: 50, create: () => after(clock, 150, { id: 1 }) });
    const warm = Promise.all(Array.from({ length: 5 }, () => pool.acquire()));
    await clock.advance(150);
    for (const lease of await warm) lease.release();
    const before = pool.getMetrics().created;
    const served = Array.from({ length: 50 }, async () => {
      const lease = await pool.acquire();
      await after(clock, 2, undefined);
      lease.release();
    });
    await clock.advance(25);
    await Promise.all(served);
    await clock.advance(1_000);
    expect(pool.getMetrics().created - before).toBeLessThanOrEqual(2);
  });

  it('a body that fails keeps its error, and its resource goes back', async () => {
    const { pool } = open({ destroyOnError: (error) => (error as Error).message === 'condemned' });
    await expect(pool.use(() => Promise.reject(new Error('harmless')))).rejects.toThrow('harmless');
    expect(pool.idle).toBe(1);
    await expect(pool.use(() => Promise.reject(new Error('condemned')))).rejects.toThrow('condemned');
    expect(pool.size).toBe(0);
  });
});
