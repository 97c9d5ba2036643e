import type { Cancel, Clock } from '../clock/clock.js';
import { Deadlines } from '../clock/deadlines.js';
import { AbortWatch } from './abort-watch.js';
import { DeadlineClock } from './deadline-clock.js';
import { refused } from './refused.js';
import { Ring } from './ring.js';
import { NEVER, Terms, Waiter, type Resolve, type WaitOptions } from './waiter.js';

export type { WaitOptions, Waiter } from './waiter.js';

/** The resolving function of the promise made last: an executor that closes over nothing is one object less for each. */
let resolveLast: unknown;
const keepResolve = (resolve: unknown): void => {
  resolveLast = resolve;
};

/** More than this many who have left, besides as many as still wait, do not stand between them for long. */
const MOST_GONE = 64;

/** One in the line. Of most there is nothing to know but how to settle their promise: no object is made for them. */
type Entry<T> = Resolve<T> | Waiter<T>;

/**
 * A queue of promises, first in, first out.
 *
 *     first ─ resolve ─ waiter ─ resolve ─ last      their usual timeout is the same: the first one's deadline comes first, and
 *                         │                          one timer, set for it, is enough for all of them
 *                       terms                        a signal, or a timeout of its own, which others keep an eye on
 *
 * There may be a hundred thousand, and what they cost is what the garbage collector has to copy: of those who wait for the
 * usual time, under no signal and no label, the line keeps a number and one of the two functions of their promise.
 *
 * Invariant: a waiter leaves the line only in the synchronous step in which its promise settles: granted, timed out,
 * aborted, or refused. It is never parked anywhere else, so there is nothing to put back and nothing to lose. (What it leaves
 * behind in the middle is not counted, served or told, and cleared away before there is more of it than of those who wait.)
 */
export class WaitingLine<T> {
  private readonly ring = new Ring<Entry<T>>();
  private count = 0;
  private refusals = 0;

  /** The timeout of those whose deadlines are in the order of the line, and how many of them can time out. */
  private usual: WaitOptions = { timeout: Infinity };
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
    const resolve = resolveLast as Resolve<T>;
    const deadline = this.time.deadlineOf(timeout);
    if (timeout !== this.usual.timeout) this.adopt(timeout);
    if (this.isPlain(options)) this.ring.push(resolve, deadline);
    else this.agree(new Waiter(resolve, options, deadline));
    this.count++;
    if (deadline !== NEVER && timeout === this.usual.timeout) this.expect(deadline);
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
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) {
      if (this.time.isInTime(waiter.deadline)) return waiter;
      this.refuseLate(waiter);
    }
    return undefined;
  }

  /** Refuses everybody. Whoever joins meanwhile is refused by a later call. */
  refuseAll(makeError: (waiter: Waiter<T>) => unknown): void {
    for (let left = this.count; left > 0; left--) {
      const waiter = this.shift();
      if (!waiter) return;
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
    this.usual = { timeout };
  }

  private isPlain({ timeout, signal, label, detail }: WaitOptions): boolean {
    return timeout === this.usual.timeout && signal === undefined && label === undefined && detail === undefined;
  }

  /** For one with a label, a signal, or a timeout of its own. */
  private agree(waiter: Waiter<T>): void {
    const { signal, timeout, deadline } = waiter;
    this.ring.push(waiter, deadline);
    if (signal === undefined && timeout === this.usual.timeout) return;
    const terms = (waiter.terms = new Terms(waiter, (aborted, reason) => this.abort(aborted, reason)));
    if (timeout !== this.usual.timeout) this.deadlines.watch(terms, timeout);
    if (signal) this.aborts.join(signal, terms);
  }

  /** For one with the usual timeout: nobody's deadline is later than the one that came last. */
  private expect(deadline: number): void {
    if (this.timed++ === 0) this.letGo = this.clock.hold?.();
    if (deadline < this.alarmAt) this.arm(deadline);
  }

  /** Takes out the one who has waited longest. */
  private shift(): Waiter<T> | undefined {
    const { ring } = this;
    while (ring.length > 0) {
      const entry = ring.first as Entry<T>;
      const deadline = ring.firstNumber;
      ring.shift();
      const waiter = this.known(entry, deadline);
      if (waiter.gone) continue;
      this.leave(waiter);
      return waiter;
    }
    return undefined;
  }

  private known(entry: Entry<T>, deadline: number): Waiter<T> {
    return typeof entry === 'function' ? new Waiter(entry, this.usual, deadline) : entry;
  }

  /** What it leaves behind, unless it was the first, is cleared away when there is much of it. */
  private remove(waiter: Waiter<T>): void {
    this.leave(waiter);
    const { ring, count } = this;
    if (ring.length - count > count + MOST_GONE) ring.filter((entry) => typeof entry === 'function' || !entry.gone);
  }

  private leave(waiter: Waiter<T>): void {
    const { terms } = waiter;
    waiter.gone = true;
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
    this.alarm = this.clock.schedule(deadline - this.clock.now(), () => this.expireDue());
  }

  private disarm(): void {
    this.alarm?.();
    this.alarm = undefined;
    this.alarmAt = Infinity;
  }

  private expireDue(): void {
    this.disarm();
    for (const waiter of this.due(this.clock.now())) if (!waiter.gone) this.expire(waiter);
  }

  /** Who has waited for the usual time, and the timer set for the next one. */
  private due(now: number): Waiter<T>[] {
    const { ring } = this;
    const due: Waiter<T>[] = [];
    for (let index = 0; index < ring.length; index++) {
      const deadline = ring.numberAt(index);
      const waiter = this.known(ring.at(index), deadline);
      if (waiter.gone || !this.isTimed(waiter)) continue;
      if (deadline > now) {
        this.arm(deadline);
        break;
      }
      // From now on it can be found where it stands, and leave from there.
      ring.replace(index, waiter);
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
