import type { Metrics } from '../resource/metrics.js';
import type { HistogramSnapshot } from '../metrics/histogram.js';
import type { PoolCore } from './pool-core.js';
import type { PoolState } from './pool-state.js';
import { SlotState } from './slot.js';

/** Durations of a pool, in milliseconds, as far as they were sampled. */
export interface PoolTimings {
  /** From `acquire` to the lease. */
  readonly wait: HistogramSnapshot;
  /** From the lease to its end. */
  readonly use: HistogramSnapshot;
  /** Successful creations, all of them. */
  readonly create: HistogramSnapshot;
}

/** Figures of a pool: gauges are of now, counters since it was made. */
export interface PoolFigures extends Metrics {
  readonly type: 'pool';
  readonly name: string;
  readonly state: PoolState;

  /** All that counts towards `maxSize`: idle, leased, creating, validating, resetting and closing. */
  readonly size: number;
  readonly idle: number;
  readonly leased: number;
  readonly creating: number;
  readonly validating: number;
  readonly resetting: number;
  readonly closing: number;
  /** Acquires that wait. */
  readonly waiting: number;
  readonly minSize: number;
  readonly maxSize: number;

  /** Leases given out. */
  readonly acquired: number;
  readonly created: number;
  readonly destroyed: number;
  readonly detached: number;
  readonly createFailures: number;
  readonly validationFailures: number;
  readonly resetFailures: number;
  readonly destroyFailures: number;
  /** Acquires that waited in vain. */
  readonly timeouts: number;
  /** Acquires given up by their signal. */
  readonly aborted: number;
  /** Acquires refused: queue full, draining, closed, or creation impossible. */
  readonly rejected: number;
  /** Leases that were held for too long. */
  readonly leaks: number;
  /** Calls on leases that had ended already; they did nothing. */
  readonly staleCalls: number;

  /** Milliseconds since the pool was made. */
  readonly uptime: number;
}

export interface PoolMetrics extends PoolFigures {
  readonly timings: PoolTimings;
}

/** A copy of the figures as they are now. */
export function poolMetrics<T>(core: PoolCore<T>): PoolMetrics {
  const timings = { wait: core.waits.snapshot(), use: core.uses.snapshot(), create: core.creations.snapshot() };
  return { ...poolFigures(core), timings };
}

/** The same without the durations, whose percentiles take microseconds: for errors, which may be made by the thousand. */
export function poolFigures<T>(core: PoolCore<T>): PoolFigures {
  const { census, counters, line, name, state, minSize, maxSize } = core;
  return {
    type: 'pool',
    name,
    state,
    size: census.size,
    idle: census.count(SlotState.IDLE),
    leased: census.count(SlotState.LEASED),
    creating: census.count(SlotState.CREATING),
    validating: census.count(SlotState.VALIDATING),
    resetting: census.count(SlotState.RESETTING),
    closing: census.count(SlotState.CLOSING),
    waiting: line.length,
    minSize,
    maxSize,
    ...counters,
    uptime: core.clock.now() - core.madeAt,
  };
}
