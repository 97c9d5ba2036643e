import { describe, expect, it } from '@jest/globals';

import type { Lease } from './lease.js';
import { after, failure, open, type Thing } from './open-pool.fixture.js';
import { PoolTimeoutError } from './pool.errors.js';

/**
 * Defects that other pools have or had, by the letter under which they were reproduced, and what their users report. All that
 * can happen in one process is here and in the specs beside. That an idle pool lets the process exit, and that whoever awaits
 * an acquire, a start or a close is told first, needs a process of its own: `test/e2e/pool-process.spec.ts`.
 *
 * Not applicable, and why: releasing an unknown resource (a release is by lease, and a lease is of one pool); an error event
 * that nobody hears and that ends the process (events are not EventEmitter's); state that transactions or temporary tables
 * leave on a connection (`reset` is the user's).
 */
describe('defects of other pools in lending and waiting', () => {
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

  it("L5': 20,000 waiters that release at once do not overflow the stack", async () => {
    const { pool } = open({ maxSize: 1, queue: { limit: 20_000 } });
    const held = await pool.acquire();
    const served = Array.from({ length: 20_000 }, () => pool.acquire().then((lease) => lease.release()));
    held.release();
    await Promise.all(served);
    expect(pool.getMetrics().acquired).toBe(20_001);
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

  it('G9: a waiter whose deadline passed while the process was blocked is refused when it is its turn', async () => {
    const { pool, clock } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const waiting = failure(pool.acquire({ timeout: 100 }));
    clock.freeze(150);
    held.release();
    expect(await waiting).toBeInstanceOf(PoolTimeoutError);
    expect(pool.idle).toBe(1);
  });

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

  it('the queue is bounded', async () => {
    const { pool } = open({ maxSize: 1, queue: { limit: 2 } });
    await pool.acquire();
    const waiting = [failure(pool.acquire()), failure(pool.acquire())];
    expect(await failure(pool.acquire())).toMatchObject({ code: 'POOL_QUEUE_FULL', limit: 2 });
    void pool.close({ timeout: 0 });
    await Promise.all(waiting);
  });

  it('a body that fails keeps its error, and its resource goes back', async () => {
    const { pool } = open({ destroyOnError: (error) => (error as Error).message === 'condemned' });
    await expect(pool.use(() => Promise.reject(new Error('harmless')))).rejects.toThrow('harmless');
    expect(pool.idle).toBe(1);
    await expect(pool.use(() => Promise.reject(new Error('condemned')))).rejects.toThrow('condemned');
    expect(pool.size).toBe(0);
  });

  it('an acquire gives up after half a minute, unless it is told otherwise', async () => {
    const { pool, clock } = open({ maxSize: 1 });
    await pool.acquire();
    const waiting = failure(pool.acquire());
    await clock.advance(29_999);
    expect(pool.waiting).toBe(1);
    await clock.advance(1);
    expect(await waiting).toMatchObject({ code: 'POOL_TIMEOUT', waited: 30_000 });
  });

  it('counts do not drift, however often a resource is destroyed and whoever races', async () => {
    const { pool, clock } = open({ destroy: () => after(clock, 10, undefined) });
    const lease = await pool.acquire();
    const evicted = pool.evict(lease, { hard: true });
    lease.destroy();
    lease.release();
    const closed = pool.close();
    lease.destroy();
    await clock.advance(10);
    await Promise.all([evicted, closed]);
    expect(pool.getMetrics()).toMatchObject({
      size: 0,
      leased: 0,
      closing: 0,
      created: 1,
      destroyed: 1,
      staleCalls: 3,
    });
  });

  it('which code holds a resource is known: by its label, and by its stack if asked for', async () => {
    const { pool } = open({ leaks: { stacks: 'always' } });
    await pool.acquire({ label: 'nightly report' });
    expect(pool.holders()).toEqual([
      { label: 'nightly report', heldFor: 0, stack: expect.stringContaining('known-defects.lending.spec') },
    ]);
  });

  it('who holds one and waits for another of the same pool is told of it, by nesting and by the stall', async () => {
    const { pool, clock } = open({ maxSize: 1, leaks: { nested: true, stallAfter: 1_000 } });
    const heard: string[] = [];
    pool.observe(({ type }) => heard.push(type));
    const inner = pool.use(() => failure(pool.acquire({ timeout: 5_000 })));
    await clock.advance(5_000);
    expect(await inner).toMatchObject({ code: 'POOL_TIMEOUT' });
    expect(heard).toEqual(expect.arrayContaining(['pool.nested.acquire', 'pool.stalled']));
  });

  it('waits are counted and timed as they happen, not only when somebody looks', async () => {
    const { pool, clock } = open({ maxSize: 1, metrics: { sampleEvery: 1 } });
    const held = await pool.acquire();
    const waiting = pool.acquire();
    await clock.advance(40);
    held.release();
    (await waiting).release();
    expect(pool.getMetrics()).toMatchObject({ acquired: 2, waiting: 0, timings: { wait: { count: 2, max: 40 } } });
  });

  it('who was aborted, who was too late and who was refused are counted apart', async () => {
    const { pool, clock } = open({ maxSize: 1, queue: { limit: 2 } });
    await pool.acquire();
    const abort = new AbortController();
    const aborted = failure(pool.acquire({ signal: abort.signal }));
    const late = failure(pool.acquire({ timeout: 5 }));
    const refused = failure(pool.acquire());
    abort.abort();
    await clock.advance(5);
    await Promise.all([aborted, late, refused]);
    expect(pool.getMetrics()).toMatchObject({ aborted: 1, timeouts: 1, rejected: 1 });
  });

  it('a resource goes back at the end of its block', async () => {
    const { pool } = open();
    {
      await using lease = await pool.acquire();
      expect([lease.resource.id, pool.leased]).toEqual([1, 1]);
    }
    expect(pool.idle).toBe(1);
  });
});
