import type { Metrics } from '../resource/metrics.js';
import type { HistogramSnapshot } from '../metrics/histogram.js';
import type { PoolState } from './pool-state.js';

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
export interface PoolMetrics extends Metrics {
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
  readonly timings: PoolTimings;
}
