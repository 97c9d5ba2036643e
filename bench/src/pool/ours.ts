import { ConnectionPool, type Lease } from '@nestjs-resources/core';

import { makeThing, Thing, turn, type Contestant, type Entry, type PoolSize } from './contestant.js';

/** Our own pool, with its default options in every case. */
export function openOurs({ max, createTime = 0, queue }: PoolSize): Contestant & { pool: ConnectionPool<Thing> } {
  const pool = new ConnectionPool<Thing>({
    name: 'bench',
    create: makeThing(createTime),
    maxSize: max,
    ...(queue !== undefined && { queue: { limit: queue } }),
  });
  return {
    pool,
    async alone(times) {
      for (let left = times; left > 0; left--) {
        const lease = await pool.acquire();
        lease.release();
      }
    },
    async worker(times) {
      for (let left = times; left > 0; left--) {
        const lease = await pool.acquire();
        await turn;
        lease.release();
      }
    },
    acquire: () => pool.acquire(),
    release: (lease: Lease<Thing>) => lease.release(),
    size: () => pool.size,
    close: async () => void (await pool.close()),
  };
}

export const ours: Entry = { name: 'nestjs-resources', open: openOurs };
