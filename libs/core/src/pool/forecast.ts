import type { PoolCore } from './pool-core.js';
import { SlotState } from './slot.js';

/** Weight of the newest measurement in a moving average. */
const WEIGHT = 0.2;

/** How late timers may be in a busy process, in milliseconds, without that meaning anything. */
const SLACK = 5;

/** A creation that is as quick as this, in milliseconds, is not worth thinking about. */
const CHEAP = 2;

/**
 * Whether waiting for a lease to end is quicker than creating a resource. A burst of short calls on a warm pool must not open
 * connections that arrive when everybody has been served.
 *
 * Leases come back at a pace: leased ÷ use time, as measured lately, but never faster than they have come since anything
 * moved last. What comes back within the time of a creation need not be created.
 */
export class Forecast<T> {
  private createTime = 0;
  private useTime = NaN;

  constructor(private readonly core: PoolCore<T>) {}

  /** A resource was created in `took` milliseconds. */
  created(took: number): void {
    this.createTime = average(this.createTime === 0 ? NaN : this.createTime, took);
  }

  /** A lease has ended after `held` milliseconds while somebody waited. */
  used(held: number): void {
    this.useTime = average(this.useTime, held);
  }

  /** How many of `demand` will still be waiting when a creation that begins now has ended. */
  missing(demand: number): number {
    const leased = this.core.census.count(SlotState.LEASED);
    if (leased === 0 || this.createTime <= CHEAP) return demand;
    return Math.max(0, Math.ceil(demand - this.pace(leased) * this.createTime));
  }

  /** Milliseconds until {@link Forecast.missing} says more, if nothing moves until then. */
  reconsiderIn(demand: number, missing: number): number {
    const enough = Math.max(this.patience(), SLACK + this.createTime / (demand - missing));
    return Math.max(1, Math.ceil(enough - this.still()));
  }

  /** Leases that end per millisecond. */
  private pace(leased: number): number {
    const still = this.still();
    const seen = 1 / Math.max(0, still - SLACK);
    if (!(this.useTime >= 0)) return seen;
    const usual = leased / this.useTime;
    return still <= this.patience() ? usual : Math.min(seen, usual);
  }

  /** For how long nothing needs to move before the use time measured lately is no longer believed. */
  private patience(): number {
    return this.useTime >= 0 ? Math.max(4 * this.useTime, 2 * SLACK) : 0;
  }

  /** For how long nothing has been lent or given back. */
  private still(): number {
    const { clock, movedAt } = this.core;
    return Math.max(clock.now() - movedAt, 0);
  }
}

function average(before: number, value: number): number {
  return before >= 0 ? before + WEIGHT * (value - before) : value;
}
