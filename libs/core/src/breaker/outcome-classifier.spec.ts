import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { BulkheadFullError } from '../call/bulkhead-full.error.js';
import type { Outcome } from '../call/outcome.js';
import { ManualClock } from '../clock/manual-clock.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import { CircuitBreaker } from './circuit-breaker.js';

class NotFoundError extends Error {}

const boom = new Error('boom');

function breakerOf(options: CircuitBreakerOptions): { breaker: CircuitBreaker; clock: ManualClock } {
  const clock = new ManualClock();
  return { breaker: new CircuitBreaker({ name: 'payments', clock, failureThreshold: 2, ...options }), clock };
}

const throwing = async (breaker: CircuitBreaker, error: unknown): Promise<void> =>
  expect(breaker.execute(() => Promise.reject(error as Error))).rejects.toBe(error);

afterEach(() => {
  jest.restoreAllMocks();
});

describe('What counts as what', () => {
  it('isFailure: other errors are answers, and count as successes', async () => {
    const { breaker } = breakerOf({ outcome: { isFailure: (error) => !(error instanceof NotFoundError) } });
    await throwing(breaker, boom);
    await throwing(breaker, new NotFoundError());
    await throwing(breaker, boom);
    expect(breaker.getMetrics()).toMatchObject({
      state: 'closed',
      failureCount: 1,
      totalSuccesses: 1,
      totalFailures: 2,
    });
  });

  it('isIgnored: neither success nor failure', async () => {
    const { breaker } = breakerOf({ outcome: { isIgnored: (error) => error instanceof NotFoundError } });
    await throwing(breaker, boom);
    for (let left = 10; left > 0; left--) await throwing(breaker, new NotFoundError());
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', failureCount: 1, ignored: 10, totalSuccesses: 0 });
    await throwing(breaker, boom);
    expect(breaker.state).toBe('open');
  });

  it('isIgnored goes before isFailure', async () => {
    const { breaker } = breakerOf({ outcome: { isIgnored: () => true, isFailure: () => true } });
    await throwing(breaker, boom);
    expect(breaker.getMetrics()).toMatchObject({ ignored: 1, totalFailures: 0 });
  });

  it('isFailedResult: the caller gets the result, the circuit counts a failure', async () => {
    const { breaker } = breakerOf({
      outcome: { isFailedResult: (result) => (result as { status: number }).status >= 500 },
    });
    const answer = { status: 503 };
    await expect(breaker.execute(() => answer)).resolves.toBe(answer);
    await expect(breaker.execute(() => Promise.resolve(answer))).resolves.toBe(answer);
    expect(breaker.state).toBe('open');
    const refused: unknown = await breaker.execute(() => answer).catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: expect.stringContaining('2 calls in a row failed. Try') });
    expect(Object.hasOwn(refused as object, 'cause')).toBe(false);
  });

  it('openFor: opens at once and for as long, by a result or by an error', async () => {
    const seen: Outcome<unknown>[] = [];
    const openFor = (outcome: Outcome<unknown>): number | undefined => {
      seen.push(outcome);
      const from = (outcome.ok ? outcome.value : outcome.error) as { retryAfter?: number };
      return from.retryAfter;
    };
    const { breaker, clock } = breakerOf({ outcome: { openFor, isIgnored: () => true } });
    const busy = { status: 429, retryAfter: 7_000 };
    await expect(breaker.execute(() => busy)).resolves.toBe(busy);
    expect(breaker.retryAfter).toBe(7_000);
    await expect(breaker.execute(() => busy)).rejects.toThrow('is open: the outcome of a call asked for it.');
    await clock.advance(7_000);
    const error = Object.assign(new Error('slow down'), { retryAfter: 90_000 });
    await throwing(breaker, error);
    expect(breaker.retryAfter).toBe(90_000);
    await clock.advance(90_000);
    await breaker.execute(() => ({ status: 200 }));
    expect(breaker.state).toBe('closed');
    expect(seen).toEqual([
      { ok: true, value: busy },
      { ok: false, error, because: 'failed' },
      { ok: true, value: { status: 200 } },
    ]);
  });

  it('openFor: the failures of an outage that is over are not its cause', async () => {
    const { breaker, clock } = breakerOf({
      outcome: { openFor: (outcome) => (outcome.ok ? Number(outcome.value) : 0) },
    });
    await throwing(breaker, boom);
    await throwing(breaker, boom);
    await clock.advance(30_000);
    await breaker.execute(() => 0);
    await breaker.execute(() => 1_000);
    const refused: unknown = await breaker.execute(() => 0).catch((error: unknown) => error);
    expect(refused).toMatchObject({ retryAfter: 1_000 });
    expect(Object.hasOwn(refused as object, 'cause')).toBe(false);
  });

  it('openFor: what is no duration does nothing, and for ever is a very long time', async () => {
    for (const duration of [0, -5, NaN, undefined, '7']) {
      const { breaker } = breakerOf({ outcome: { openFor: () => duration as number } });
      await breaker.execute(() => 'fine');
      expect(breaker.state).toBe('closed');
    }
    const { breaker } = breakerOf({ outcome: { openFor: () => Infinity } });
    await breaker.execute(() => 'fine');
    expect(breaker.retryAfter).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('a predicate that throws is reported, and the error of the call stays what it was', async () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const broken = (): never => {
      throw new Error('broken predicate');
    };
    const outcome = { isFailure: broken, isIgnored: broken, isFailedResult: broken, openFor: broken };
    const { breaker } = breakerOf({ outcome });
    await expect(breaker.execute(() => 'fine')).resolves.toBe('fine');
    await throwing(breaker, boom);
    await throwing(breaker, boom);
    expect(breaker.state).toBe('open');
    expect(breaker.getMetrics()).toMatchObject({ totalSuccesses: 1, totalFailures: 2 });
    expect(warning.mock.calls[0]).toEqual([
      'A predicate or rule about the outcomes of calls failed: broken predicate',
      'CallPredicateWarning',
    ]);
  });

  it('a full bulkhead of our own says nothing about the service', async () => {
    const { breaker } = breakerOf({ bulkhead: { maxConcurrent: 1, queueLimit: 0 }, failureThreshold: 1 });
    let end: () => void = () => undefined;
    const running = breaker.execute(() => new Promise<void>((resolve) => (end = resolve)));
    await expect(breaker.execute(() => 1)).rejects.toBeInstanceOf(BulkheadFullError);
    end();
    await running;
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', ignored: 1, totalFailures: 0 });
  });
});
