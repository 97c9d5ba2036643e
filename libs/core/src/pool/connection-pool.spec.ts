import { describe, expect, it, jest } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from './connection-pool.js';
import { definePool } from './pool-definition.js';
import type { PoolEvent } from './pool-event.js';
import type { PoolOptions } from './pool-options.js';

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

function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

describe('ConnectionPool', () => {
  it('opens nothing and starts no timer when it is made', () => {
    const create = jest.fn(() => ({ id: 1 }));
    const { pool, clock } = open({ create, minSize: 3 });
    expect(create).not.toHaveBeenCalled();
    expect(clock.pending).toBe(0);
    expect(pool.state).toBe('cold');
  });

  it('lends, takes back and lends the same resource again', async () => {
    const { pool, clock } = open();
    const first = await pool.acquire();
    first.release();
    const second = await pool.acquire();
    expect(second.resource).toBe(first.resource);
    second.release();
    expect(await pool.close()).toMatchObject({ clean: true, destroyed: 1 });
    expect(clock.pending).toBe(0);
    expect(clock.held).toBe(false);
  });

  it('serves in the order of asking, and nobody overtakes', async () => {
    const { pool } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const order: number[] = [];
    const served = [1, 2, 3].map(async (who) => {
      const lease = await pool.acquire();
      order.push(who);
      lease.release();
    });
    held.release();
    expect(pool.tryAcquire()).toBeUndefined();
    await Promise.all(served);
    expect(order).toEqual([1, 2, 3]);
  });

  it('gives back at the end of a block', async () => {
    const { pool } = open();
    {
      await using lease = await pool.acquire();
      expect(pool.leased).toBe(1);
      expect(lease.resource.id).toBe(1);
    }
    {
      using lease = pool.tryAcquire();
      expect(lease?.resource.id).toBe(1);
    }
    expect(pool).toMatchObject({ leased: 0, idle: 1 });
  });

  it('tries without waiting', async () => {
    const { pool } = open();
    expect(pool.tryAcquire()).toBeUndefined();
    (await pool.acquire()).release();
    expect(pool.tryAcquire({ label: 'quick' })?.resource.id).toBe(1);
    expect(pool.holders()).toEqual([{ label: 'quick', heldFor: 0 }]);
  });

  it('grows for who waits and shrinks when it is resized', async () => {
    const { pool, clock } = open({ maxSize: 1 });
    const leases = [await pool.acquire()];
    const waiting = pool.acquire();
    pool.resize({ maxSize: 2 });
    await clock.advance(0);
    leases.push(await waiting);
    pool.resize({ maxSize: 1 });
    for (const lease of leases) lease.release();
    expect(pool.size).toBe(1);
    expect(() => pool.resize({ minSize: 5 })).toThrow('minSize');
  });

  it('lends nothing while it is suspended, and everything afterwards', async () => {
    const { pool, clock } = open();
    (await pool.acquire()).release();
    pool.suspend();
    expect(pool.tryAcquire()).toBeUndefined();
    const late = failure(pool.acquire({ timeout: 10 }));
    const patient = pool.acquire();
    await clock.advance(10);
    expect(await late).toMatchObject({ code: 'POOL_TIMEOUT' });
    pool.resume();
    expect((await patient).resource.id).toBe(1);
    expect(pool.state).toBe('cold');
  });

  it('drains: serves who waits, refuses who comes, resolves when nothing is lent, and reopens', async () => {
    const { pool } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const waiting = pool.acquire();
    let drained = false;
    const draining = pool.drain().then(() => (drained = true));
    expect(await failure(pool.acquire())).toMatchObject({ code: 'POOL_DRAINING' });
    held.release();
    const last = await waiting;
    expect(drained).toBe(false);
    last.release();
    await draining;
    pool.resume();
    expect((await pool.acquire()).resource.id).toBe(1);
  });

  it('tells what happens, and each lease only to who asked for it', async () => {
    const { pool } = open();
    const all: string[] = [];
    const some: string[] = [];
    pool.observe(({ type }: PoolEvent) => all.push(type), { leases: true });
    const stop = pool.observe(({ type }) => some.push(type));
    (await pool.acquire()).release();
    stop();
    await pool.close();
    expect(all).toEqual([
      'pool.resource.created',
      'pool.acquired',
      'pool.released',
      'pool.state.changed',
      'pool.resource.destroyed',
      'pool.state.changed',
    ]);
    expect(some).toEqual(['pool.resource.created']);
  });

  it('is healthy idle or cold, degraded when saturated, unhealthy when it has nothing and can create nothing', async () => {
    let broken = true;
    const create = (): Thing => {
      if (broken) throw new Error('token=abc refused');
      return { id: 1 };
    };
    const { pool, clock } = open({ maxSize: 1, create });
    expect(pool.check().status).toBe('HEALTHY');
    const acquired = pool.acquire();
    await clock.advance(0);
    expect(pool.check()).toMatchObject({ status: 'UNHEALTHY', reason: 'creation fails: token=*** refused' });
    broken = false;
    await clock.advance(1_000);
    await acquired;
    expect(pool.check().status).toBe('HEALTHY');
    const waiting = failure(pool.acquire({ timeout: 10 }));
    expect(pool.check().status).toBe('DEGRADED');
    await clock.advance(10);
    await waiting;
    await clock.advance(61_000);
    expect(pool.check().status).toBe('HEALTHY');
  });

  it('gives up starting when its signal is aborted', async () => {
    const { pool } = open({ minSize: 1, create: () => new Promise(() => undefined) });
    const abort = new AbortController();
    const started = failure(pool.start({ signal: abort.signal }));
    abort.abort(new Error('no time'));
    expect((await started).message).toBe('no time');
    expect(pool.state).toBe('cold');
  });

  it('closes within the deadline of its registry, and reports the same to all who ask', async () => {
    const { pool, clock } = open();
    await pool.acquire({ label: 'kept' });
    const closed = pool.close({ signal: new AbortController().signal, deadline: clock.now() + 50 });
    expect(pool.close()).toBe(closed);
    await clock.advance(50);
    expect(await closed).toMatchObject({ clean: false, holders: [{ label: 'kept' }] });
    expect(await failure(pool.start())).toMatchObject({ code: 'POOL_CLOSED' });
  });

  it('can be defined without a name', () => {
    const definition = definePool({ create: () => ({ id: 1 }), maxSize: 2 });
    const pool = new ConnectionPool({ name: 'named', ...definition.options });
    expect(pool.getMetrics()).toMatchObject({ type: 'pool', name: 'named', maxSize: 2 });
  });
});
