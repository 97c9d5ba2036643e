import type { ConnectionPool } from './connection-pool.js';
import type { PoolCore } from './pool-core.js';
import { SlotState } from './slot.js';

/** Counts a pool's slots one by one, and says where that differs from what the pool believes. */
export function miscounts<T>(pool: ConnectionPool<T>, holders: number): string[] {
  const { core } = pool as unknown as { core: PoolCore<T> };
  const { census, idle, line } = core;
  const wrong: string[] = [];
  const must = (holds: boolean, otherwise: string): void => void (holds || wrong.push(otherwise));
  const recount = [0, 0, 0, 0, 0, 0, 0];
  let leaving = 0;
  for (const slot of census.each()) {
    (recount[slot.state] as number)++;
    if (slot.leaving) leaving++;
  }
  for (const state of Object.values(SlotState)) {
    if (state === SlotState.GONE) continue;
    must(census.count(state) === recount[state], `${census.count(state)}, not ${recount[state]} in ${state}`);
  }
  must(idle.length === census.count(SlotState.IDLE), `${idle.length} in the idle list`);
  must(census.leaving === leaving, `${census.leaving}, not ${leaving} leave`);
  must(holders <= census.count(SlotState.LEASED), `${holders} hold, ${census.count(SlotState.LEASED)} leased`);
  // Idle ones may wait for an answer beside waiters, but only if enough others are being asked already.
  const unserved = line.length - census.count(SlotState.VALIDATING);
  if (core.lending && unserved > 0) must(idle.length === 0, `${unserved} wait beside ${idle.length} idle`);
  return wrong;
}
