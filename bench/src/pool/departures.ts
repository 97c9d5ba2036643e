import { setImmediate as nextLoop } from 'node:timers/promises';

import { heapUsed } from './heap.js';
import { openOurs } from './ours.js';

/** What it costs when a whole queue goes away. */
export interface Departure {
  readonly name: string;
  readonly waiters: number;
  /** Nanoseconds per waiter, from the abort (or the deadline) until the last promise has settled. */
  readonly each: number;
  readonly settled: number;
  /** Bytes above the start, after garbage collection. */
  readonly left: number;
}

export async function departures(counts: readonly number[]): Promise<Departure[]> {
  const results: Departure[] = [];
  for (const count of counts) {
    results.push(await leave(BASELINE, count, abortPlainly));
    results.push(await leave('aborted by one signal', count, abortTogether));
    results.push(await leave('aborted by a signal each', count, abortEach));
    results.push(await leave('timed out', count, timeOut));
  }
  return results;
}

/**
 * What the runtime itself needs for as many signals, without a pool. It comes first, because some of that stays: Node keeps
 * the message of each DOMException in a WeakMap, whose table has grown and does not shrink.
 */
export const BASELINE = 'plain AbortControllers, no pool';

type Pool = ReturnType<typeof openOurs>['pool'];

/** Puts `count` waiters into the line and makes them leave; says in nanoseconds how long leaving took. */
type Leaving = (pool: Pool, count: number, settled: () => void) => Promise<number>;

async function leave(name: string, waiters: number, leaving: Leaving): Promise<Departure> {
  const { pool, close } = openOurs({ max: 1, queue: 200_000 });
  const lease = await pool.acquire();
  await leaving(pool, Math.min(waiters, 2_000), () => undefined);
  const before = heapUsed();
  let settled = 0;
  const took = await leaving(pool, waiters, () => settled++);
  await nextLoop();
  const left = heapUsed() - before;
  lease.release();
  await close();
  return { name, waiters, each: took / waiters, settled, left };
}

async function abortTogether(pool: Pool, count: number, settled: () => void): Promise<number> {
  const abort = new AbortController();
  const waiting = Array.from({ length: count }, () => pool.acquire({ signal: abort.signal }).then(undefined, settled));
  const began = process.hrtime.bigint();
  abort.abort();
  await Promise.all(waiting);
  return Number(process.hrtime.bigint() - began);
}

async function abortEach(pool: Pool, count: number, settled: () => void): Promise<number> {
  const aborts = Array.from({ length: count }, () => new AbortController());
  const waiting = aborts.map(({ signal }) => pool.acquire({ signal }).then(undefined, settled));
  const began = process.hrtime.bigint();
  for (const abort of aborts) abort.abort();
  await Promise.all(waiting);
  return Number(process.hrtime.bigint() - began);
}

async function timeOut(pool: Pool, count: number, settled: () => void): Promise<number> {
  const timeout = 1_000;
  const waiting = Array.from({ length: count }, () => pool.acquire({ timeout }).then(undefined, settled));
  const deadline = process.hrtime.bigint() + BigInt(timeout * 1e6);
  await Promise.all(waiting);
  return Number(process.hrtime.bigint() - deadline);
}

async function abortPlainly(_pool: Pool, count: number, settled: () => void): Promise<number> {
  const aborts = Array.from({ length: count }, () => new AbortController());
  const waiting = aborts.map(({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }).then(undefined, settled),
  );
  const began = process.hrtime.bigint();
  for (const abort of aborts) abort.abort();
  await Promise.all(waiting);
  return Number(process.hrtime.bigint() - began);
}
