import type { Clock } from '../clock/clock.js';
import { turnsOf, type Turns } from '../clock/turns.js';
import { Histogram } from '../metrics/histogram.js';
import { Listeners } from '../resource/listeners.js';
import { WaitingLine, type Waiter } from '../waiting/waiting-line.js';
import { IdleList } from './idle-list.js';
import type { Lease, Lender } from './lease.js';
import type { PoolEvent, PoolLeaseEvent } from './pool-event.js';
import type { CheckedPoolOptions } from './pool-options.table.js';
import { PoolState } from './pool-state.js';
import type { Pump } from './pump.js';
import { Census, SlotState, type Slot } from './slot.js';

/** Of no slot. */
const NO_EPOCH = -1;

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
 * Invariant: a waiter and an idle slot exist together only while the pump runs, while the pool is suspended, or while as many
 * others as there are waiters are being validated for them.
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
  /** Takes back what was lent; set once by the pool. */
  declare lender: Lender<T>;

  state: PoolState = PoolState.COLD;
  /** Whether `start()` has filled it; what `resume()` goes back to. */
  started = false;
  /** Whether an acquire may be served at once. */
  serving = true;
  /** Whether it closes or is closed. */
  ending = false;
  /** Whether those who wait may be served. */
  lending = true;

  minSize: number;
  maxSize: number;
  maxIdle: number;
  /** Copies of options that the hot path reads. */
  readonly lifo: boolean;
  /** Slots of an older epoch are evicted. */
  epoch = 0;
  /** The epoch whose slots may be lent without a closer look; none while the pool is too large or about to end. */
  passing = 0;
  /** When a resource was last lent, or came back while somebody waited, by the turn of the event loop. */
  movedAt = 0;
  /** The last creation error, until a creation succeeds. */
  createError: { readonly error: unknown } | undefined = undefined;
  /** When an acquire last timed out. */
  timedOutAt = -Infinity;
  /** How many leases until the next sample; lives here because the hot path counts it down. */
  untilSample = 1;
  /** Whether somebody wants to know of each lease: stacks, nesting or listeners. See {@link attend}. */
  attentive = false;
  /** Whether an idle resource may be lent the short way: nobody wants to know, and nothing is to be asked. */
  brief: boolean;

  /** Whether somebody waits for the pool to become quiet, filled or empty. */
  observed = false;

  /** What has happened and is still to be told, in order. */
  private readonly news: { readonly listeners: Listeners; readonly event: PoolEvent }[] = [];
  private hushed = 0;
  private telling = false;
  private readonly turns: Turns;
  private observers: readonly (() => void)[] = [];

  constructor(
    readonly options: CheckedPoolOptions<T>,
    timedOut: (waiter: Waiter<Lease<T>>) => Error,
    left: (waiter: Waiter<Lease<T>>) => void,
  ) {
    const { clock, minSize, maxSize } = options;
    this.clock = clock;
    this.turns = turnsOf(clock);
    this.lifo = options.retirement.order === 'lifo';
    this.maxIdle = Math.min(options.maxIdle ?? Infinity, maxSize);
    this.madeAt = clock.now();
    this.minSize = minSize;
    this.maxSize = maxSize;
    this.line = new WaitingLine(clock, timedOut, left);
    this.brief = this.isBrief();
  }

  get name(): string {
    return this.options.name;
  }

  /** Monotonic, in whole milliseconds, as of this turn of the event loop. */
  now(): number {
    return this.turns.turnNow();
  }

  /** The idle slot that is to be lent next. */
  nextIdle(): Slot<T> | undefined {
    const { idle } = this;
    return this.lifo ? idle.hottest : idle.coldest;
  }

  /** Puts a slot into the idle list; whether there are too many in it now is for the caller to deal with. */
  shelve(slot: Slot<T>, now: number): void {
    this.census.rest(slot);
    slot.idleSince = now;
    this.idle.push(slot);
  }

  /** Slots that will come to somebody without a creation being ordered. */
  get incoming(): number {
    const { census } = this;
    return census.count(SlotState.CREATING) + census.count(SlotState.VALIDATING) + census.count(SlotState.RESETTING);
  }

  /** Moves the bounds; what exceeds them is for others to deal with. */
  setBounds(minSize: number, maxSize: number): void {
    this.minSize = minSize;
    this.maxSize = maxSize;
    // Never below minSize: what is kept open would be destroyed as surplus and created again for ever.
    this.maxIdle = Math.max(minSize, Math.min(this.options.maxIdle ?? Infinity, maxSize));
    this.judge();
  }

  /** Makes all that exists now belong to the past: see {@link passing}. */
  raiseEpoch(): void {
    this.epoch++;
    this.judge();
  }

  /** Decides whether slots may be lent without a closer look. */
  judge(): void {
    this.passing = this.ending || this.census.live > this.maxSize ? NO_EPOCH : this.epoch;
  }

  /** Whether the pump could do anything for a new waiter: usually all is lent, and it could not. */
  get canAct(): boolean {
    return this.census.count(SlotState.LEASED) < this.maxSize;
  }

  /** The only place where the state of the pool changes. */
  become(to: PoolState): void {
    const from = this.state;
    if (from === to) return;
    this.state = to;
    this.serving = to === PoolState.COLD || to === PoolState.STARTING || to === PoolState.RUNNING;
    this.brief = this.isBrief();
    this.lending = this.serving || to === PoolState.DRAINING;
    this.ending = to === PoolState.CLOSING || to === PoolState.CLOSED;
    this.judge();
    this.emit({ type: 'pool.state.changed', from, to });
  }

  attend(attentive: boolean): void {
    this.attentive = attentive;
    this.brief = this.isBrief();
  }

  /** Tells those who listen. A caller that has to work for its event asks `listeners.heard` first. */
  emit(event: PoolEvent): void {
    if (this.listeners.heard) this.tell(this.listeners, event);
  }

  emitLease(event: PoolLeaseEvent): void {
    if (this.leaseListeners.heard) this.tell(this.leaseListeners, event);
  }

  /** A slot is between two states from here to {@link speak}: a listener, who may do anything to the pool, has to wait. */
  hush(): void {
    this.hushed++;
  }

  speak(): void {
    if (--this.hushed === 0 && this.news.length > 0) this.tellAll();
  }

  /** Calls `look` after every change until it is told to stop. */
  watch(look: () => void): () => void {
    this.observers = [...this.observers, look];
    this.observed = true;
    return () => {
      this.observers = this.observers.filter((other) => other !== look);
      this.observed = this.observers.length > 0;
    };
  }

  /** Something has changed that somebody may wait for. */
  changed(): void {
    for (const look of this.observers) look();
  }

  private isBrief(): boolean {
    return this.serving && !this.attentive && this.options.validate === undefined;
  }

  /** One event after the other: what a listener makes happen is told after what it listens to. */
  private tell(listeners: Listeners, event: PoolEvent): void {
    this.news.push({ listeners, event });
    if (this.hushed === 0) this.tellAll();
  }

  private tellAll(): void {
    if (this.telling) return;
    this.telling = true;
    for (let next = this.news.shift(); next !== undefined; next = this.news.shift()) next.listeners.emit(next.event);
    this.telling = false;
  }
}
