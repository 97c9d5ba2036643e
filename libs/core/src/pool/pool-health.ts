import { errorText } from '../errors/error-text.js';
import { ResourceHealth, type Health } from '../resource/health.js';
import type { PoolCore } from './pool-core.js';
import { PoolState } from './pool-state.js';
import { SlotState } from './slot.js';

const { HEALTHY, DEGRADED, UNHEALTHY } = ResourceHealth;

/** Acquires that timed out longer ago than this, in milliseconds, say nothing about now. */
const RECENT = 60_000;

/**
 * How a pool is, by what it knows: it joins no queue and opens nothing, so that asking a busy pool costs nothing and cannot
 * time out. A pool that is merely busy is DEGRADED; only one that has nothing and can create nothing is UNHEALTHY.
 */
export function poolHealth<T>(core: PoolCore<T>): Health {
  const { status, reason } = judge(core);
  const { census, line, maxSize, state } = core;
  const details = {
    state,
    size: census.size,
    maxSize,
    idle: census.count(SlotState.IDLE),
    leased: census.count(SlotState.LEASED),
    waiting: line.length,
  };
  return { status, ...(reason !== undefined && { reason }), details };
}

function judge<T>(core: PoolCore<T>): Health {
  const { census, createError, line, maxSize, state, timedOutAt } = core;
  if (core.ending) return { status: UNHEALTHY, reason: `the pool is ${state}` };
  if (createError) return judgeFailing(core, createError.error);
  if (state === PoolState.SUSPENDED || state === PoolState.DRAINING) {
    return { status: DEGRADED, reason: `the pool is ${state}` };
  }
  const leased = census.count(SlotState.LEASED);
  if (core.clock.now() - timedOutAt < RECENT)
    return { status: DEGRADED, reason: 'acquires timed out in the last minute' };
  if (line.length > 0 && leased >= maxSize * 0.9) {
    return { status: DEGRADED, reason: `${leased} of ${maxSize} are leased and ${line.length} wait` };
  }
  return { status: HEALTHY };
}

function judgeFailing<T>(core: PoolCore<T>, error: unknown): Health {
  const { census } = core;
  const alive = census.live - census.count(SlotState.CREATING);
  const reason = `creation fails: ${errorText(error)}`;
  return alive > 0 ? { status: DEGRADED, reason: `${reason} (${alive} still alive)` } : { status: UNHEALTHY, reason };
}
