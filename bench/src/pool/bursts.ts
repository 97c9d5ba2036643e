import { setTimeout as sleep } from 'node:timers/promises';

import { openWarm, Thing, type Entry, type PoolSize } from './contestant.js';
import { interleaved, type Result } from './rounds.js';

export interface BurstResult extends Result {
  /** The most resources a round created beyond the warm ones. */
  readonly created: number;
}

export interface Burst {
  readonly size: PoolSize;
  readonly callers: number;
  /** Milliseconds each caller holds its resource. */
  readonly hold: number;
}

/** Many callers at once; measured is when the last one is served, in milliseconds. */
export async function burst(entries: readonly Entry[], plan: Burst, rounds: number): Promise<BurstResult[]> {
  const created = new Map<string, number>();
  const runners = entries.map((entry) => ({ name: entry.name, run: () => once(entry) }));
  const results = await interleaved(runners, rounds);
  return results.map((result) => ({ ...result, created: created.get(result.name) ?? 0 }));

  async function once(entry: Entry): Promise<number> {
    const pool = await openWarm(entry, plan.size);
    const before = Thing.made;
    const began = performance.now();
    let last = 0;
    const call = async (): Promise<void> => {
      const resource = await pool.acquire();
      last = performance.now() - began;
      await sleep(plan.hold);
      pool.release(resource as never);
    };
    await Promise.all(Array.from({ length: plan.callers }, call));
    await sleep((plan.size.createTime ?? 0) + 20);
    created.set(entry.name, Math.max(created.get(entry.name) ?? 0, Thing.made - before));
    await pool.close();
    return last;
  }
}
