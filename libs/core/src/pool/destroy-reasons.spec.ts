import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from './connection-pool.js';
import type { PoolEvent } from './pool-event.js';

interface Thing {
  readonly died: (reason?: unknown) => void;
}

function open(): { pool: ConnectionPool<Thing>; destroyed: Partial<PoolEvent>[] } {
  const pool = new ConnectionPool<Thing>({
    name: 'things',
    create: ({ died }) => ({ died }),
    clock: new ManualClock(),
  });
  const destroyed: Partial<PoolEvent>[] = [];
  pool.observe(({ type, ...details }) => {
    if (type === 'pool.resource.destroyed') destroyed.push(details);
  });
  return { pool, destroyed };
}

describe('why a resource was destroyed', () => {
  it('is what its holder says', async () => {
    const { pool, destroyed } = open();
    (await pool.acquire()).destroy('protocol error');
    (await pool.acquire()).destroy();
    expect(destroyed).toEqual([{ reason: 'protocol error' }, { reason: 'destroyed by holder' }]);
  });

  it('is that it died, and what it said, whether it was idle or lent', async () => {
    const { pool, destroyed } = open();
    const reason = new Error('ECONNRESET');
    const idle = await pool.acquire();
    idle.release();
    idle.resource.died(reason);
    const lent = await pool.acquire();
    lent.resource.died('closed by the server');
    lent.resource.died('and what comes of it');
    lent.release();
    const silent = await pool.acquire();
    silent.release();
    silent.resource.died();
    expect(destroyed).toEqual([
      { reason: 'died', cause: reason },
      { reason: 'died', cause: 'closed by the server' },
      { reason: 'died' },
    ]);
  });

  it('is what its holder says even if it has died in his hands, and what it said is not lost', async () => {
    const { pool, destroyed } = open();
    const lease = await pool.acquire();
    lease.resource.died('closed by the server');
    lease.destroy('no answer');
    expect(destroyed).toEqual([{ reason: 'no answer', cause: 'closed by the server' }]);
  });
});
