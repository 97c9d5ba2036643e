import {
  type CircuitBreaker,
  type Clock,
  type Fallback,
  FallbackPolicy,
  type PolicyContext,
  RetryPolicy,
  TimeoutPolicy,
} from '@nestjs-resources/core';
import { defer, isObservable, type Observable } from 'rxjs';

import { messages } from '../resource.messages.js';
import { bindFallback } from './fallback.js';
import type { Guard } from './guard.js';
import { asObservable, guardObservable } from './guarded-observable.js';

export type Work = (context: PolicyContext) => unknown;

/** Reading it from the global object costs a getter on every call. */
const Signal = AbortSignal;

/** One guarded method and its breaker, in one application. Outer to inner: fallback, retry, breaker, timeout, method. */
export class GuardedCall {
  private readonly retry: RetryPolicy | undefined;
  private readonly timeout: TimeoutPolicy | undefined;
  /** Nothing but the breaker stands around the method, which surely returns a promise. */
  private readonly plain: boolean;

  constructor(
    private readonly guard: Guard,
    private readonly breaker: CircuitBreaker,
    clock: Clock,
  ) {
    const { where, name, use, returns } = guard;
    const setting = { what: where, resource: name, clock };
    this.retry = use.retry && new RetryPolicy(use.retry, setting);
    this.timeout = use.timeout === undefined ? undefined : new TimeoutPolicy({ timeout: use.timeout }, setting);
    this.plain = returns === 'promise' && !this.retry && !this.timeout && use.fallback === undefined;
  }

  /** Calls the method on `self`. */
  run(self: object, args: unknown[]): unknown {
    const { method, returns } = this.guard;
    const last = args[args.length - 1];
    if (this.plain && !(last instanceof Signal)) return this.breaker.execute(() => method.apply(self, args));
    return returns === 'observable' ? this.observe(self, args) : this.call(self, args);
  }

  private call(self: object, args: unknown[]): Promise<unknown> {
    const { method } = this.guard;
    const last = args.at(-1);
    const signal = last instanceof Signal ? last : undefined;
    const work: Work = signal
      ? (context) => this.checked(method.apply(self, withSignal(args, context.signal)))
      : () => this.checked(method.apply(self, args));
    return this.execute(work, signal, this.fallbackOf(self, args));
  }

  private observe(self: object, args: unknown[]): Observable<unknown> {
    // Called by each subscription that is let in: what it does or throws before it returns belongs to the call.
    const source = defer(() => asObservable(this.guard.method.apply(self, args)));
    return guardObservable(source, (work, signal) => this.execute(work, signal), this.fallbackOf(self, args));
  }

  private execute(work: Work, signal: AbortSignal | undefined, fallback?: Fallback<unknown>): Promise<unknown> {
    const { breaker, retry, timeout } = this;
    const timed: Work = timeout ? (context) => timeout.execute(work, { signal: context.signal }) : work;
    if (!retry) return breaker.execute(timed, { signal, fallback });
    const retried = (): Promise<unknown> => retry.repeat(() => breaker.execute(timed, { signal }), signal);
    return fallback ? new FallbackPolicy(fallback).execute(retried, signal && { signal }) : retried();
  }

  private fallbackOf(self: object, args: readonly unknown[]): Fallback<unknown> | undefined {
    const { fallback } = this.guard.use;
    return fallback === undefined ? undefined : bindFallback(fallback, args, self);
  }

  /** An Observable that comes now has not waited for a permit: better to say so than to let it pass unguarded. */
  private checked(result: unknown): unknown {
    if (this.guard.returns === 'unknown' && isObservable(result)) {
      throw new TypeError(messages.lateObservable(this.guard.where));
    }
    return result;
  }
}

/** The method gets the breaker's signal instead of the caller's, which it follows: timeouts abort it too. */
function withSignal(args: readonly unknown[], signal: AbortSignal): unknown[] {
  return [...args.slice(0, -1), signal];
}
