import { Timed } from '../clock/deadlines.js';
import type { Abortable } from './abort-watch.js';

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

/** What settles a promise that somebody waits for. */
export type Resolve<T> = (value: T | PromiseLike<T>) => void;

/** The deadline of who waits for ever: a small number, as the others are, so that none of them needs a box. */
export const NEVER = -1;

/** One who waits, as the line keeps those of whom there is something to know. */
export class Waiter<T> {
  /** @internal what only some have */ terms: Terms<T> | undefined = undefined;
  /** @internal whether it has left the line */ gone = false;

  constructor(
    readonly resolve: Resolve<T>,
    private readonly options: WaitOptions,
    /** The whole millisecond of the monotonic clock in which it has waited for long enough, or {@link NEVER}. */
    readonly deadline: number,
  ) {}

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
    return this.deadline === NEVER ? undefined : this.deadline - this.options.timeout;
  }

  refuse(error: unknown): void {
    this.resolve(new Refusal(error) as unknown as PromiseLike<never>);
  }
}

/** What only those have who wait under a signal, or for another time than is usual in their line. */
export class Terms<T> extends Timed implements Abortable {
  constructor(
    readonly waiter: Waiter<T>,
    private readonly giveUp: (waiter: Waiter<T>, reason: unknown) => void,
  ) {
    super();
  }

  aborted(reason: unknown): void {
    this.giveUp(this.waiter, reason);
  }
}

/** Rejects the promise that is resolved with it. Only a promise ever calls its `then`, with functions of its own. */
class Refusal {
  constructor(private readonly error: unknown) {}

  // oxlint-disable-next-line unicorn/no-thenable -- it is followed, not awaited
  then(_resolve: unknown, reject: (error: unknown) => void): void {
    reject(this.error);
  }
}
