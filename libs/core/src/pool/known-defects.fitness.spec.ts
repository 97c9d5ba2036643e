import { describe, expect, it } from '@jest/globals';

import { after, failure, never, open } from './open-pool.fixture.js';

describe('defects of other pools in validity and age', () => {
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

  it('G3: what was evicted is never lent again', async () => {
    const { pool } = open();
    const leases = [await pool.acquire(), await pool.acquire()] as const;
    leases[0].release();
    expect(await pool.evict()).toBe(2);
    leases[1].release();
    expect(pool.size).toBe(0);
    expect((await pool.acquire()).resource.id).toBe(3);
  });

  it('G7: idleness never takes the pool below minSize', async () => {
    const { pool, clock } = open({ minSize: 2, idleTimeout: 1_000 });
    await pool.start();
    await clock.advance(10_000);
    expect(pool.getMetrics()).toMatchObject({ idle: 2, created: 2, destroyed: 0 });
  });

  it('T2: a waiter that gives up during a validation leaves the resource alive', async () => {
    const { pool, clock } = open({ validation: { ifIdleFor: 0 }, validate: () => after(clock, 50, true) });
    (await pool.acquire()).release();
    const gone = failure(pool.acquire({ timeout: 10 }));
    await clock.advance(50);
    await gone;
    expect(pool.getMetrics()).toMatchObject({ idle: 1, destroyed: 0 });
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

  it('what a regular check finds dead is replaced at once, not a period later', async () => {
    let bad = 1;
    const { pool, clock } = open({ minSize: 2, validate: ({ id }) => id !== bad, validation: { every: 1_000 } });
    await pool.start();
    await clock.advance(1_100);
    bad = 0;
    expect(pool.getMetrics()).toMatchObject({ idle: 2, created: 3, destroyed: 1 });
  });

  it('idle connections are asked regularly, so that nobody on the way forgets them', async () => {
    let asked = 0;
    const { pool, clock } = open({ minSize: 1, validate: () => void asked++ });
    await pool.start();
    await clock.advance(300_000);
    expect(asked).toBeGreaterThanOrEqual(9);
  });

  it('connections do not stay for ever behind one server of many: maxUses', async () => {
    const { pool } = open({ retirement: { maxUses: 2 } });
    for (let use = 0; use < 6; use++) (await pool.acquire()).release();
    expect(pool.getMetrics()).toMatchObject({ created: 3, destroyed: 3 });
  });
});
