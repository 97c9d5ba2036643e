import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from './connection-pool.js';

describe('ConnectionPool', () => {
  it('lends, takes back and lends the same resource again', async () => {
    const clock = new ManualClock();
    let made = 0;
    const pool = new ConnectionPool({ name: 'numbers', create: () => ++made, clock });
    const first = await pool.acquire();
    expect(first.resource).toBe(1);
    first.release();
    const second = await pool.acquire();
    expect(second.resource).toBe(1);
    second.release();
    const report = await pool.close();
    expect(report).toMatchObject({ clean: true, destroyed: 1 });
    expect(clock.pending).toBe(0);
    expect(clock.held).toBe(false);
  });

  it('says who holds what when an acquire times out', async () => {
    const clock = new ManualClock();
    const pool = new ConnectionPool({ name: 'one', create: () => ({}), maxSize: 1, clock });
    const lease = await pool.acquire({ label: 'checkout' });
    const waiting = pool.acquire({ timeout: 100 }).catch((error: unknown) => error as Error);
    await clock.advance(100);
    expect(((await waiting) as Error).message).toContain("'checkout' for 100 ms");
    lease.release();
    await pool.close();
    expect(clock.pending).toBe(0);
  });
});
