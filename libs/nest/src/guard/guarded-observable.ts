import { type Fallback, fallbackFor } from '@nestjs-resources/core';
import { from, isObservable, Observable, of, type Subscriber } from 'rxjs';

import type { Work } from './guarded-call.js';

/** Runs work behind the breaker. */
type Execute = (work: Work, signal: AbortSignal) => Promise<unknown>;

/**
 * `source` behind a breaker. Each subscription is one call: admitted when it begins, a success when it completes, a failure
 * when it errors. Who unsubscribes before the first value has given up, which says nothing about the service; who
 * unsubscribes after it has got what it wanted, which is a success.
 */
export function guardObservable(
  source: Observable<unknown>,
  execute: Execute,
  fallback?: Fallback<unknown>,
): Observable<unknown> {
  return new Observable((subscriber) => {
    const call = new ObservedCall(source, subscriber);
    call.run(execute).then(
      () => subscriber.complete(),
      (error: unknown) => call.fail(error, fallback),
    );
    return () => call.leave();
  });
}

/** One subscription, as a promise that a breaker can judge. */
class ObservedCall {
  private readonly abort = new AbortController();
  private stop: () => void = () => undefined;
  private seen = false;

  constructor(
    private readonly source: Observable<unknown>,
    private readonly subscriber: Subscriber<unknown>,
  ) {}

  run(execute: Execute): Promise<unknown> {
    return execute(({ signal }) => this.follow(signal), this.abort.signal);
  }

  /** The subscriber has gone; if the call was not over, it is now. */
  leave(): void {
    if (!this.seen) this.abort.abort();
    this.stop();
  }

  fail(error: unknown, fallback: Fallback<unknown> | undefined): void {
    if (this.subscriber.closed) return;
    const answer = fallback && fallbackFor(error, fallback);
    if (!answer) return this.subscriber.error(error);
    try {
      asObservable(answer(error)).subscribe(this.subscriber);
    } catch (cause) {
      this.subscriber.error(cause);
    }
  }

  /** Subscribes to the source, until it ends, the subscriber has enough, or `signal` says that its time is over. */
  private follow(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const subscription = this.source.subscribe({
        next: (value) => {
          this.seen = true;
          this.subscriber.next(value);
        },
        error: (error) => {
          // Between two tries nobody has a value from the next.
          this.seen = false;
          reject(error);
        },
        complete: resolve,
      });
      this.stop = () => {
        subscription.unsubscribe();
        resolve();
      };
      signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
      // Who takes one value of a synchronous source has left before `stop` existed.
      if (this.subscriber.closed) this.stop();
    });
  }
}

/** A stream or a promise as a stream, anything else as its only value. */
export function asObservable(answer: unknown): Observable<unknown> {
  return isObservable(answer) || isPromiseLike(answer) ? from(answer) : of(answer);
}

function isPromiseLike(answer: unknown): answer is PromiseLike<unknown> {
  return typeof (answer as { then?: unknown } | null | undefined)?.then === 'function';
}
