import { setImmediate as turn } from 'node:timers/promises';

import type { Contestant, Entry } from './contestant.js';
import { heapUsed } from './heap.js';
import { openOurs } from './ours.js';

export interface Weight {
  readonly name: string;
  readonly perIdle: number;
  readonly perWaiter: number;
}

const IDLE = 5_000;
const WAITERS = 20_000;

/** Bytes that each idle resource and each waiter costs, the resource itself (about 20 bytes) included. */
export async function weigh(entries: readonly Entry[]): Promise<Weight[]> {
  const weights: Weight[] = [];
  for (const entry of entries) {
    await idleWeight(entry.open({ max: 100 }), 100);
    const perIdle = await idleWeight(entry.open({ max: IDLE }), IDLE);
    weights.push({ name: entry.name, perIdle, perWaiter: await waiterWeight(entry.open({ max: 1, queue: 200_000 })) });
  }
  return weights;
}

async function idleWeight(pool: Contestant, count: number): Promise<number> {
  const before = heapUsed();
  const taken = await Promise.all(Array.from({ length: count }, () => pool.acquire()));
  for (const resource of taken) pool.release(resource as never);
  taken.length = 0;
  await turn();
  const bytes = (heapUsed() - before) / count;
  await pool.close();
  return bytes;
}

async function waiterWeight(pool: Contestant): Promise<number> {
  const held = await pool.acquire();
  const before = heapUsed();
  const waiting: Promise<unknown>[] = [];
  for (let left = WAITERS; left > 0; left--) waiting.push(pool.acquire());
  await turn();
  const bytes = (heapUsed() - before) / WAITERS;
  pool.release(held as never);
  for (const acquired of waiting) pool.release((await acquired) as never);
  await pool.close();
  return bytes;
}

/** Heap after each million of cycles, in bytes above the second: whether anything grows. */
export async function slope(millions: number): Promise<number[]> {
  const { alone, worker, close } = openOurs({ max: 10, warm: 10 });
  const heap: number[] = [];
  for (let round = 0; round < millions; round++) {
    await alone(500_000);
    await Promise.all(Array.from({ length: 100 }, () => worker(5_000)));
    heap.push(heapUsed());
  }
  await close();
  return heap.map((bytes) => bytes - (heap[1] as number));
}
