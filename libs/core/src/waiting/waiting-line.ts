import type { Cancel, Clock } from '../clock/clock.js';
import { Deadlines } from '../clock/deadlines.js';
import { AbortWatch } from './abort-watch.js';
import { DeadlineClock } from './deadline-clock.js';
import { refused } from './refused.js';
import { NEVER, Terms, Waiter, type WaitOptions } from './waiter.js';

export type { WaitOptions, Waiter } from './waiter.js';

/** The resolving function of the promise made last: an executor that closes over nothing is one object less for each. */
let resolveLast: unknown;
const keepResolve = (resolve: unknown): void => {
  resolveLast = resolve;
};

/**
 * A queue of promises, first in, first out.
 *
 *     first ─ waiter ─ waiter ─ waiter ─ last        their usual timeout is the same: the first one's deadline comes first, and
 *                        │                           one timer, set for it, is enough for all of them
 *                      terms                         a signal, or a timeout of its own, which others keep an eye on
 *
 * Invariant: a waiter leaves the line only in the synchronous step in which its promise settles: granted, timed out,
 * aborted, or refused. It is never parked anywhere else, so there is nothing to put back and nothing to lose.
 */
export class WaitingLine<T> {
  private first: Waiter<T> | undefined = undefined;
  private last: Waiter<T> | undefined = undefined;
  private count = 0;
  private refusals = 0;

  /** The timeout of those whose deadlines are in the order of the line, and how many of them can time out. */
  private usual = Infinity;
  private timed = 0;
  private alarm: Cancel | undefined = undefined;
  private alarmAt = Infinity;
  private letGo: Cancel | undefined = undefined;

  private readonly time: DeadlineClock;
  private readonly deadlines: Deadlines<Terms<T>>;
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
    this.time = new DeadlineClock(clock);
    this.deadlines = new Deadlines(clock, ({ waiter }) => this.expire(waiter));
  }

  /** How many wait, all of them alive. */
  get length(): number {
    return this.count;
  }

  /** Waits until granted. Rejects at once if the signal is already aborted. */
  join(options: WaitOptions): Promise<T> {
    const { signal, timeout } = options;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const promise = new Promise<T>(keepResolve);
    const deadline = this.time.deadlineOf(timeout);
    const waiter = new Waiter<T>(resolveLast as Waiter<T>['resolve'], options, deadline);
    if (timeout !== this.usual) this.adopt(timeout);
    this.enqueue(waiter);
    if (signal !== undefined || timeout !== this.usual) this.agree(waiter);
    else if (deadline !== NEVER) this.expect(deadline);
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
      if (this.time.isInTime(waiter.deadline)) return waiter;
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
      waiter.resolve(refused(makeError(waiter), ++this.refusals));
    }
  }

  /** Stops the timers that an empty line may have left running: none is stopped each time a waiter is served. */
  stop(): void {
    if (this.count > 0) return;
    this.disarm();
    this.deadlines.clear();
  }

  /** Only an empty line, whose timer has run out, can get used to another timeout. */
  private adopt(timeout: number): void {
    if (this.count > 0 || this.alarm !== undefined) return;
    this.deadlines.clear();
    this.usual = timeout;
  }

  private enqueue(waiter: Waiter<T>): void {
    const { last } = this;
    waiter.previous = last;
    if (last !== undefined) last.next = waiter;
    else this.first = waiter;
    this.last = waiter;
    this.count++;
  }

  /** For one with a signal, or a timeout of its own. */
  private agree(waiter: Waiter<T>): void {
    const { signal, timeout } = waiter;
    const terms = (waiter.terms = new Terms(waiter, (aborted, reason) => this.abort(aborted, reason)));
    if (timeout !== this.usual) this.deadlines.watch(terms, timeout);
    else if (waiter.deadline !== NEVER) this.expect(waiter.deadline);
    if (signal) this.aborts.join(signal, terms);
  }

  /** For one with the usual timeout: nobody's deadline is later than the one that came last. */
  private expect(deadline: number): void {
    if (this.timed++ === 0) this.letGo = this.clock.hold?.();
    if (deadline < this.alarmAt) this.arm(deadline);
  }

  private remove(waiter: Waiter<T>): void {
    const { previous, next, terms } = waiter;
    if (previous !== undefined) previous.next = next;
    else this.first = next;
    if (next !== undefined) next.previous = previous;
    else this.last = previous;
    waiter.previous = undefined;
    waiter.next = waiter;
    this.count--;
    if (this.isTimed(waiter) && --this.timed === 0) this.letGo?.();
    if (terms !== undefined) this.forget(terms);
  }

  private forget(terms: Terms<T>): void {
    this.deadlines.forget(terms);
    const { signal } = terms.waiter;
    if (signal) this.aborts.leave(signal, terms);
  }

  /** Whether it can time out, and after the usual time. */
  private isTimed({ deadline, terms }: Waiter<T>): boolean {
    return deadline !== NEVER && (terms === undefined || terms.lane === undefined);
  }

  private arm(deadline: number): void {
    this.alarm?.();
    this.alarmAt = deadline;
    this.alarm = this.clock.schedule(deadline - this.clock.now(), () => this.ring());
  }

  private disarm(): void {
    this.alarm?.();
    this.alarm = undefined;
    this.alarmAt = Infinity;
  }

  private ring(): void {
    this.disarm();
    for (const waiter of this.due(this.clock.now())) if (waiter.next !== waiter) this.expire(waiter);
  }

  /** Who has waited for the usual time, and the timer set for the next one. */
  private due(now: number): Waiter<T>[] {
    const due: Waiter<T>[] = [];
    for (let waiter = this.first; waiter !== undefined; waiter = waiter.next) {
      if (!this.isTimed(waiter)) continue;
      if (waiter.deadline > now) {
        this.arm(waiter.deadline);
        break;
      }
      due.push(waiter);
    }
    return due;
  }

  private expire(waiter: Waiter<T>): void {
    this.remove(waiter);
    this.refuseLate(waiter);
  }

  private abort(waiter: Waiter<T>, reason: unknown): void {
    this.remove(waiter);
    waiter.refuse(reason);
    this.left(waiter);
  }

  private refuseLate(waiter: Waiter<T>): void {
    waiter.refuse(this.timedOut(waiter));
    this.left(waiter);
  }
}
