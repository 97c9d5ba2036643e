import {
  type CircuitBreaker,
  type Clock,
  type Fallback,
  FallbackPolicy,
  type PolicyContext,
  RetryPolicy,
  TimeoutPolicy,
} from '@nestjs-resources/core';

import type { Guard } from './guard.js';

export type Work = (context: PolicyContext) => unknown;

/** What stands around one guarded method, outer to inner: its retry, the breaker, its timeout. */
export class CallChain {
  private readonly retry: RetryPolicy | undefined;
  private readonly timeout: TimeoutPolicy | undefined;

  constructor(
    { where, name, use }: Guard,
    private readonly breaker: CircuitBreaker,
    clock: Clock,
  ) {
    const setting = { what: where, resource: name, clock };
    this.retry = use.retry && new RetryPolicy(use.retry, setting);
    this.timeout = use.timeout === undefined ? undefined : new TimeoutPolicy({ timeout: use.timeout }, setting);
  }

  /** Outer to inner, as in a breaker: fallback, retry, breaker, timeout, method. */
  execute(work: Work, signal: AbortSignal | undefined, fallback?: Fallback<unknown>): Promise<unknown> {
    const { breaker, retry, timeout } = this;
    const timed: Work = timeout ? (context) => timeout.execute(work, { signal: context.signal }) : work;
    if (!retry) return breaker.execute(timed, { signal, fallback });
    const retried = (): Promise<unknown> => retry.repeat(() => breaker.execute(timed, { signal }), signal);
    return fallback ? new FallbackPolicy(fallback).execute(retried, signal && { signal }) : retried();
  }
}
