import { describe, expect, it } from '@jest/globals';

import { after, failure, open, type Thing } from './open-pool.fixture.js';
import { PoolClosedError } from './pool.errors.js';

describe('defects of other pools in closing', () => {
  it('L3, P1: closing settles every waiter', async () => {
    const { pool } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const waiting = [failure(pool.acquire()), failure(pool.acquire({ timeout: Infinity }))];
    const closed = pool.close();
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(PoolClosedError);
    held.release();
    expect((await closed).clean).toBe(true);
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

  it('S1: a destroy that rejects is counted and reported, and rejects nothing else', async () => {
    const { pool } = open({ destroy: () => Promise.reject(new Error('cannot')) });
    const lease = await pool.acquire();
    lease.destroy();
    const report = await pool.close();
    expect(report).toMatchObject({ clean: false, holders: [], errors: [new Error('cannot')] });
    expect(pool.getMetrics()).toMatchObject({ size: 0, destroyed: 1, destroyFailures: 1 });
  });

  it('T1: an acquire after close is refused at once', async () => {
    const { pool } = open();
    await pool.close();
    expect(await failure(pool.acquire())).toBeInstanceOf(PoolClosedError);
    expect(pool.tryAcquire()).toBeUndefined();
  });

  it('a close that comes early leaves nothing behind, although a minimum is being filled', async () => {
    const { pool, clock } = open({ minSize: 3, create: () => after(clock, 50, { id: 1 }) });
    const started = failure(pool.start());
    await clock.advance(10);
    const closed = pool.close();
    await clock.advance(100);
    await closed;
    expect(await started).toBeInstanceOf(PoolClosedError);
    const { created, destroyed, size } = pool.getMetrics();
    expect([created, size]).toEqual([destroyed, 0]);
  });

  it('a pool can be drained: who waits is served, and its end can be awaited', async () => {
    const { pool } = open({ maxSize: 1 });
    const held = await pool.acquire();
    const waiting = pool.acquire();
    const drained = pool.drain();
    held.release();
    (await waiting).release();
    await drained;
    expect(pool).toMatchObject({ leased: 0, waiting: 0 });
  });
});
