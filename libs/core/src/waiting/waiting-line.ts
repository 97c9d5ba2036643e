import type { Clock } from '../clock/clock.js';
import { Deadlines, Timed } from '../clock/deadlines.js';
import { AbortWatch, type Abortable } from './abort-watch.js';

/** How long and for whom one waits. */
export interface WaitOptions {
  /** Milliseconds until the wait is given up. `Infinity` waits for ever. */
  readonly timeout: number;
  /** Gives up when aborted; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Says in reports who waits. */
  readonly label?: string | undefined;
  /** Whatever else the one who grants has to know. */
  readonly detail?: unknown;
}

/**
 * One who waits. Its links live in itself, so that leaving from the middle is O(1). There may be a hundred thousand: it has
 * no field that can be had otherwise.
 */
export class Waiter<T> extends Timed implements Abortable {
  /** @internal */ previous: Waiter<T> | undefined = undefined;
  /** @internal */ next: Waiter<T> | undefined = undefined;
  /** @internal the line it stands in */ line: WaitingLine<T> | undefined = undefined;

  constructor(
    readonly resolve: (value: T) => void,
    readonly reject: (error: unknown) => void,
    private readonly options: WaitOptions,
  ) {
    super();
  }

  get timeout(): number {
    return this.options.timeout;
  }

  get signal(): AbortSignal | undefined {
    return this.options.signal;
  }

  get label(): string | undefined {
    return this.options.label;
  }

  get detail(): unknown {
    return this.options.detail;
  }

  /** The instant of the monotonic clock at which the wait began; `undefined` unless it can time out. */
  get since(): number | undefined {
    return this.deadline === Infinity ? undefined : this.deadline - this.options.timeout;
  }

  /** @internal */
  aborted(reason: unknown): void {
    this.line?.abort(this, reason);
  }
}

/** The functions of the promise made last. An executor that closes over nothing is one object less for each who waits. */
let resolveLast: (value: never) => void;
let rejectLast: (error: unknown) => void;
const keepFunctions = (resolve: (value: never) => void, reject: (error: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/**
 * A queue of promises, first in, first out.
 *
 * Invariant: a waiter leaves the line only in the synchronous step in which its promise settles: granted, timed out,
 * aborted, or refused. It is never parked anywhere else, so there is nothing to put back and nothing to lose.
 */
export class WaitingLine<T> {
  private first: Waiter<T> | undefined = undefined;
  private last: Waiter<T> | undefined = undefined;
  private count = 0;
  private readonly deadlines: Deadlines<Waiter<T>>;
  private readonly aborts = new AbortWatch();

  /**
   * @param timedOut - makes the error for a waiter whose time is over
   * @param left - told when a waiter has timed out or was aborted; demand has shrunk
   */
  constructor(
    private readonly clock: Clock,
    private readonly timedOut: (waiter: Waiter<T>) => Error,
    private readonly left: (waiter: Waiter<T>) => void = () => undefined,
  ) {
    this.deadlines = new Deadlines(clock, (waiter) => this.expire(waiter));
  }

  /** How many wait, all of them alive. */
  get length(): number {
    return this.count;
  }

  /** Waits until granted. Rejects at once if the signal is already aborted. */
  join(options: WaitOptions): Promise<T> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const promise = new Promise<T>(keepFunctions);
    this.enqueue(new Waiter<T>(resolveLast as (value: T) => void, rejectLast, options));
    return promise;
  }

  /**
   * Gives `value` to the one who has waited longest. A waiter whose deadline has passed is refused here too: the timer may
   * be late when the event loop was blocked.
   *
   * @returns false if nobody waits; the value is still the caller's
   */
  grant(value: T): boolean {
    const waiter = this.claim();
    if (!waiter) return false;
    waiter.resolve(value);
    return true;
  }

  /**
   * Takes the one who has waited longest out of the line, for a caller that resolves it in the same synchronous step, with
   * something it makes only now.
   */
  claim(): Waiter<T> | undefined {
    for (let waiter = this.first; waiter !== undefined; waiter = this.first) {
      this.remove(waiter);
      if (waiter.deadline === Infinity || waiter.deadline > this.clock.now()) return waiter;
      this.refuseLate(waiter);
    }
    return undefined;
  }

  /** Refuses everybody. Whoever joins meanwhile is refused by a later call. */
  refuseAll(makeError: (waiter: Waiter<T>) => unknown): void {
    for (let left = this.count; left > 0; left--) {
      const waiter = this.first;
      if (!waiter) return;
      this.remove(waiter);
      waiter.reject(makeError(waiter));
    }
  }

  /** Stops the timer that an empty line may have left running: a timer is not stopped each time a waiter is served. */
  stop(): void {
    if (this.count === 0) this.deadlines.clear();
  }

  /** @internal */
  abort(waiter: Waiter<T>, reason: unknown): void {
    this.remove(waiter);
    waiter.reject(reason);
    this.left(waiter);
  }

  private enqueue(waiter: Waiter<T>): void {
    const { last } = this;
    waiter.line = this;
    waiter.previous = last;
    if (last !== undefined) last.next = waiter;
    else this.first = waiter;
    this.last = waiter;
    this.count++;
    this.deadlines.watch(waiter, waiter.timeout);
    if (waiter.signal) this.aborts.join(waiter.signal, waiter);
  }

  private remove(waiter: Waiter<T>): void {
    const { previous, next } = waiter;
    if (previous !== undefined) previous.next = next;
    else this.first = next;
    if (next !== undefined) next.previous = previous;
    else this.last = previous;
    waiter.previous = waiter.next = waiter.line = undefined;
    this.count--;
    this.deadlines.forget(waiter);
    if (waiter.signal) this.aborts.leave(waiter.signal, waiter);
  }

  private expire(waiter: Waiter<T>): void {
    if (waiter.line === undefined) return;
    this.remove(waiter);
    this.refuseLate(waiter);
  }

  private refuseLate(waiter: Waiter<T>): void {
    waiter.reject(this.timedOut(waiter));
    this.left(waiter);
  }
}
