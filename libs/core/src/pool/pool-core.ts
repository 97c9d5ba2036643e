import type { Clock } from '../clock/clock.js';
import { Histogram } from '../metrics/histogram.js';
import { Listeners } from '../resource/listeners.js';
import { WaitingLine, type Waiter } from '../waiting/waiting-line.js';
import { IdleList } from './idle-list.js';
import type { Lease } from './lease.js';
import type { PoolEvent, PoolLeaseEvent } from './pool-event.js';
import type { CheckedPoolOptions } from './pool-options.table.js';
import { PoolState } from './pool-state.js';
import type { Pump } from './pump.js';
import { Census, SlotState } from './slot.js';

const NOTHING_YET = {
  acquired: 0,
  created: 0,
  destroyed: 0,
  detached: 0,
  createFailures: 0,
  validationFailures: 0,
  resetFailures: 0,
  destroyFailures: 0,
  timeouts: 0,
  aborted: 0,
  rejected: 0,
  leaks: 0,
  staleCalls: 0,
};

/**
 * What the collaborators of one pool share: its slots, its line of waiters, its state, its figures. Decides nothing.
 *
 * Invariant: a waiter and an idle slot that could serve it exist together only while the pump runs, or while the pool is
 * suspended.
 */
export class PoolCore<T> {
  readonly clock: Clock;
  readonly census = new Census<T>();
  readonly idle = new IdleList<T>();
  readonly line: WaitingLine<Lease<T>>;
  /** What has happened since the pool was made. */
  readonly counters = { ...NOTHING_YET };
  readonly waits = new Histogram();
  readonly uses = new Histogram();
  readonly creations = new Histogram();
  readonly listeners = new Listeners();
  readonly leaseListeners = new Listeners();
  readonly madeAt: number;

  /** Joins supply and demand; set once by the pool. */
  declare pump: Pump<T>;

  state: PoolState = PoolState.COLD;
  /** Whether `start()` has filled it; what `resume()` goes back to. */
  started = false;
  /** Whether an acquire may be served at once. */
  serving = true;
  /** Whether those who wait may be served. */
  lending = true;

  minSize: number;
  maxSize: number;
  /** Slots of an older epoch are evicted. */
  epoch = 0;
  /** When a resource was last lent or given back, by the turn of the event loop. */
  movedAt = NaN;
  /** The last creation error, until a creation succeeds. */
  createError: { readonly error: unknown } | undefined = undefined;
  /** When an acquire last timed out. */
  timedOutAt = -Infinity;
  /** How many leases until the next sample; lives here because the hot path counts it down. */
  untilSample = 1;
  /** Whether somebody wants to know of each lease: stacks, nesting or listeners. */
  attentive = false;

  private readonly hasTurns: boolean;
  private observers: readonly (() => void)[] = [];

  constructor(
    readonly options: CheckedPoolOptions<T>,
    timedOut: (waiter: Waiter<Lease<T>>) => Error,
    left: (waiter: Waiter<Lease<T>>) => void,
  ) {
    const { clock, minSize, maxSize } = options;
    this.clock = clock;
    this.hasTurns = clock.turnNow !== undefined;
    this.madeAt = clock.now();
    this.minSize = minSize;
    this.maxSize = maxSize;
    this.line = new WaitingLine(clock, timedOut, left);
  }

  get name(): string {
    return this.options.name;
  }

  get maxIdle(): number {
    return Math.min(this.options.maxIdle ?? Infinity, this.maxSize);
  }

  /** Monotonic, as of this turn of the event loop. */
  now(): number {
    return this.hasTurns ? (this.clock as Required<Clock>).turnNow() : this.clock.now();
  }

  get ending(): boolean {
    return this.state === PoolState.CLOSING || this.state === PoolState.CLOSED;
  }

  /** Slots that will come to somebody without a creation being ordered. */
  get incoming(): number {
    const { census } = this;
    return census.count(SlotState.CREATING) + census.count(SlotState.VALIDATING) + census.count(SlotState.RESETTING);
  }

  /** The only place where the state of the pool changes. */
  become(to: PoolState): void {
    const from = this.state;
    if (from === to) return;
    this.state = to;
    this.serving = to === PoolState.COLD || to === PoolState.STARTING || to === PoolState.RUNNING;
    this.lending = this.serving || to === PoolState.DRAINING;
    this.emit({ type: 'pool.state.changed', from, to });
  }

  /** Tells those who listen. A caller that has to work for its event asks `listeners.heard` first. */
  emit(event: PoolEvent): void {
    if (this.listeners.heard) this.listeners.emit(event);
  }

  emitLease(event: PoolLeaseEvent): void {
    this.leaseListeners.emit(event);
  }

  /** Whether somebody waits for the pool to become quiet, filled or empty. */
  get observed(): boolean {
    return this.observers.length > 0;
  }

  /** Calls `look` after every change until it is told to stop. */
  watch(look: () => void): () => void {
    this.observers = [...this.observers, look];
    return () => {
      this.observers = this.observers.filter((other) => other !== look);
    };
  }

  /** Something has changed that somebody may wait for. */
  changed(): void {
    for (const look of this.observers) look();
  }
}
