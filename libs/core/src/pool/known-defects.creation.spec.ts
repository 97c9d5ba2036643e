import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';

import { after, failure, never, open } from './open-pool.fixture.js';

describe('defects of other pools in creating', () => {
  it('L2: a creation that lands after its waiter has gone is there for the next', async () => {
    const { pool, clock } = open({ maxSize: 1, create: () => after(clock, 50, { id: 1 }) });
    const gone = failure(pool.acquire({ timeout: 10 }));
    await clock.advance(50);
    await gone;
    expect(pool.idle).toBe(1);
    expect(pool.creating).toBe(0);
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

  it('a fatal creation error refuses all waiters at once', async () => {
    const { pool, clock } = open({
      create: () => Promise.reject(new Error('wrong password')),
      creation: { isFatal: () => true },
    });
    const waiting = [failure(pool.acquire()), failure(pool.acquire())];
    await clock.advance(0);
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'RESOURCE_CREATE_FAILED' });
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

  it('no more than maxSize exist, however many ask at once and whatever comes late', async () => {
    let exist = 0;
    let most = 0;
    const { pool, clock } = open({
      maxSize: 3,
      timeouts: { create: 20, destroy: 50 },
      create: () => after(clock, 30, { id: 0 }).then((thing) => ((most = Math.max(most, ++exist)), thing)),
      destroy: () => void exist--,
    });
    const waiting = Array.from({ length: 30 }, () => failure(pool.acquire({ timeout: 1_000 })));
    for (let round = 0; round < 100; round++) {
      await clock.advance(10);
      expect(pool.size).toBeLessThanOrEqual(3);
    }
    await Promise.all(waiting);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('a deploy is no login storm: no more than creation.concurrency log in at once', async () => {
    let now = 0;
    let most = 0;
    const { pool, clock } = open({
      minSize: 10,
      creation: { concurrency: 2 },
      create: async () => {
        most = Math.max(most, ++now);
        await after(clock, 10, undefined);
        now--;
        return { id: 0 };
      },
    });
    const started = pool.start();
    await clock.advance(100);
    await started;
    expect([most, pool.idle]).toEqual([2, 10]);
  });

  it('the minimum is filled before the first request, and kept', async () => {
    const { pool, clock } = open({ minSize: 2, idleTimeout: 1_000 });
    await pool.start();
    expect(pool.idle).toBe(2);
    (await pool.acquire()).destroy();
    await clock.advance(5_000);
    expect(pool.idle).toBe(2);
  });

  it('a pool that grows serves at once, and one that shrinks destroys what comes back', async () => {
    const { pool, clock } = open({ maxSize: 1 });
    const first = await pool.acquire();
    const waiting = pool.acquire();
    pool.resize({ maxSize: 2 });
    await clock.advance(0);
    const second = await waiting;
    pool.resize({ maxSize: 1 });
    first.release();
    expect(pool.size).toBe(1);
    second.release();
    expect(pool.getMetrics()).toMatchObject({ size: 1, idle: 1, destroyed: 1 });
  });
});
