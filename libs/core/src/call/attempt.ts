import type { Cancel, Clock } from '../clock/clock.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { Abortable } from '../waiting/abort-watch.js';
import { callerAborts } from './caller-aborts.js';
import { CallTimeoutError } from './call-timeout.error.js';
import { LazyContext } from './lazy-context.js';
import type { Outcome } from './outcome.js';

/** What the called code is given. Its signal is made when it is first read. */
export interface AttemptContext {
  readonly signal: AbortSignal;
}

export interface AttemptOptions<R> {
  readonly clock: Clock;
  /** Begins the message of the timeout error, e.g. `Creating a resource of pool 'smtp'`. */
  readonly what: string;
  /** Milliseconds; `Infinity` sets no limit. */
  readonly timeout: number;
  /** Gives up when aborted: the outcome is `aborted`, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Name of the resource, for the error. */
  readonly resource?: string | undefined;
  /** Takes a result that came after the attempt was over, so that it is not leaked. Must not throw. */
  readonly late?: (value: R) => void;
  /** Whether somebody awaits the outcome, so that the process must live until then. @default false */
  readonly hold?: boolean;
}

/**
 * Calls user code. Throwing, rejecting, hanging and answering late all become one {@link Outcome}; nothing escapes, nothing
 * is left behind. A synchronous result costs neither promise nor timer and is returned as it is, not in a promise.
 */
export function attempt<R>(
  work: (context: AttemptContext) => R | PromiseLike<R>,
  options: AttemptOptions<R>,
): Outcome<R> | Promise<Outcome<R>> {
  const { signal } = options;
  if (signal?.aborted) return { ok: false, error: signal.reason, because: 'aborted' };
  const context = new LazyContext();
  const caller = signal && new Caller(signal, context);
  try {
    const result = work(context);
    if (isPromiseLike(result)) return settle(result, context, options, caller);
    caller?.leave();
    return { ok: true, value: result };
  } catch (error) {
    caller?.leave();
    return signal?.aborted
      ? { ok: false, error: signal.reason, because: 'aborted' }
      : { ok: false, error, because: 'failed' };
  }
}

/** Who may give up. Listened to before the work begins, because the work itself may be what makes it give up. */
class Caller implements Abortable {
  /** Told first, so that the outcome stands before the work hears of it. */
  gone: (reason: unknown) => void = () => undefined;

  constructor(
    readonly signal: AbortSignal,
    private readonly context: LazyContext,
  ) {
    callerAborts.join(signal, this);
  }

  aborted(reason: unknown): void {
    this.gone(reason);
    this.context.abort(reason);
  }

  leave(): void {
    callerAborts.leave(this.signal, this);
  }
}

function settle<R>(
  result: PromiseLike<R>,
  context: LazyContext,
  options: AttemptOptions<R>,
  caller: Caller | undefined,
): Promise<Outcome<R>> {
  const { clock, timeout, late } = options;
  return new Promise((resolve) => {
    let over = false;
    const end = (outcome: Outcome<R>): void => {
      over = true;
      cancelTimer?.();
      release?.();
      caller?.leave();
      resolve(outcome);
    };
    const timedOut = (): void => {
      const error = new CallTimeoutError(options.what, timeout, options.resource);
      end({ ok: false, error, because: 'timed out' });
      context.abort(error);
    };

    const release: Cancel | undefined = options.hold && timeout !== Infinity ? clock.hold?.() : undefined;
    const cancelTimer: Cancel | undefined = timeout === Infinity ? undefined : clock.schedule(timeout, timedOut);
    if (caller) caller.gone = (error) => end({ ok: false, error, because: 'aborted' });
    if (caller?.signal.aborted) caller.gone(caller.signal.reason);

    // By way of a promise of our own: a foreign `then` may throw.
    Promise.resolve(result).then(
      (value) => (over ? late?.(value) : end({ ok: true, value })),
      (error: unknown) => (over ? undefined : end({ ok: false, error, because: 'failed' })),
    );
  });
}
