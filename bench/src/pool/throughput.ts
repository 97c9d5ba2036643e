import type { Contestant, Entry, PoolSize } from './contestant.js';
import { openWarm } from './contestant.js';
import { openOurs } from './ours.js';
import { interleaved, nanosecondsEach, type Result } from './rounds.js';

const SIZE: PoolSize = { warm: 10, max: 10, queue: 200_000 };

/*
 * Rounds are short, some milliseconds, and there are many: on a machine that does other things too, most of them are then
 * undisturbed, and the median is that of the pool and not that of the neighbours.
 */

/** An idle resource, acquired and released again and again by one caller. */
export async function idleCycle(entries: readonly Entry[], rounds: number): Promise<Result[]> {
  return each(entries, SIZE, rounds, (pool) => nanosecondsEach(20_000, () => pool.alone(20_000)));
}

/** Our synchronous way; the peers have only the awaited one. */
export async function tryCycle(rounds: number): Promise<Result> {
  const times = 100_000;
  const { pool, close } = openOurs(SIZE);
  (await pool.acquire()).release();
  const cycle = (): void => {
    for (let left = times; left > 0; left--) pool.tryAcquire()?.release();
  };
  const [result] = await interleaved([{ name: 'tryAcquire', run: () => nanosecondsEach(times, cycle) }], rounds);
  await close();
  return result as Result;
}

/**
 * Many callers who share ten resources: nearly every acquire has to wait.
 *
 * @param times - how often each of them acquires; the more, the less does their own beginning weigh
 */
export async function workers(
  entries: readonly Entry[],
  { count, times }: { count: number; times: number },
  rounds: number,
): Promise<Result[]> {
  const crowd = (pool: Contestant): Promise<number> =>
    nanosecondsEach(count * times, () => Promise.all(Array.from({ length: count }, () => pool.worker(times))));
  return each(entries, SIZE, rounds, crowd);
}

async function each(
  entries: readonly Entry[],
  size: PoolSize,
  rounds: number,
  run: (pool: Contestant) => Promise<number>,
): Promise<Result[]> {
  const pools: Contestant[] = [];
  for (const entry of entries) pools.push(await openWarm(entry, size));
  const runners = entries.map(({ name }, index) => ({ name, run: () => run(pools[index] as Contestant) }));
  const results = await interleaved(runners, rounds);
  for (const pool of pools) await pool.close();
  return results;
}
