import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { ResourceEvent } from '../resource/resource.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';
import { CircuitBreaker } from './circuit-breaker.js';

const boom = new Error('boom');
const fail = (): Promise<never> => Promise.reject(boom);
const succeed = (): Promise<string> => Promise.resolve('fine');

function breakerOf(options: CircuitBreakerOptions = {}): { breaker: CircuitBreaker; clock: ManualClock } {
  const clock = new ManualClock();
  return { breaker: new CircuitBreaker({ name: 'payments', clock, ...options }), clock };
}

async function failTimes(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let left = times; left > 0; left--) await breaker.execute(fail).catch(() => undefined);
}

describe('A circuit breaker with default options', () => {
  it('passes results through and stays closed', async () => {
    const { breaker } = breakerOf();
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
    await expect(breaker.execute(() => 7)).resolves.toBe(7);
    expect(breaker.state).toBe('closed');
    expect(breaker.getMetrics()).toMatchObject({ totalSuccesses: 2, totalFailures: 0, retryAfter: 0 });
  });

  it('opens after five failures in a row and refuses without calling', async () => {
    const { breaker } = breakerOf();
    await failTimes(breaker, 4);
    expect(breaker.state).toBe('closed');
    await failTimes(breaker, 1);
    expect(breaker.state).toBe('open');
    let called = false;
    const refused = breaker.execute(() => void (called = true));
    await expect(refused).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    expect(called).toBe(false);
    expect(breaker.getMetrics().rejected).toBe(1);
  });

  it('starts the count again with each success', async () => {
    const { breaker } = breakerOf({ failureThreshold: 3 });
    for (let round = 0; round < 5; round++) {
      await failTimes(breaker, 2);
      await breaker.execute(succeed);
    }
    expect(breaker.state).toBe('closed');
  });

  it('closes after a successful trial, opens for the whole time after a failed one', async () => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 5);
    await clock.advance(29_999);
    await expect(breaker.execute(succeed)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAfter: 1 });
    await clock.advance(1);
    expect(breaker.state).toBe('open');
    expect(breaker.retryAfter).toBe(0);
    await failTimes(breaker, 1);
    expect(breaker.retryAfter).toBe(30_000);
    await clock.advance(30_000);
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
    expect(breaker.state).toBe('closed');
  });

  it('is at once open for calls that were made in the same step as the failures', async () => {
    const { breaker } = breakerOf({ failureThreshold: 2 });
    let calls = 0;
    const throwNow = (): never => {
      calls++;
      throw boom;
    };
    await Promise.allSettled(Array.from({ length: 10 }, () => breaker.execute(throwNow)));
    expect(calls).toBe(2);
  });

  it('rethrows the same object, whatever it is', async () => {
    const { breaker } = breakerOf({ failureThreshold: 100 });
    await expect(breaker.execute(fail)).rejects.toBe(boom);
    for (const thrown of ['text', undefined, null, 0, Symbol.iterator])
      await expect(
        breaker.execute(() => {
          throw thrown;
        }),
      ).rejects.toBe(thrown);
    expect(breaker.getMetrics().failureCount).toBe(6);
  });

  it('says in the error who, why, until when and what to do', async () => {
    const { breaker } = breakerOf();
    await failTimes(breaker, 5);
    const error: CircuitBreakerOpenError = await breaker.execute(succeed).then(
      () => Promise.reject(new Error('was let through')),
      (thrown: CircuitBreakerOpenError) => thrown,
    );
    expect(error.message).toBe(
      "Circuit breaker 'payments' is open: 5 calls in a row failed, the last with 'boom'. " +
        'Try again in 30000 ms; until then answer from a fallback, and look at the service behind it.',
    );
    expect(error).toMatchObject({ code: 'CIRCUIT_OPEN', resource: 'payments', state: 'open', retryAfter: 30_000 });
    expect(error.cause).toBe(boom);
    expect(Object.keys(error)).not.toContain('cause');
  });

  it('answers by the fallback, for a failure as for an open circuit', async () => {
    const { breaker } = breakerOf({ failureThreshold: 1 });
    const seen: unknown[] = [];
    const fallback = (error: unknown): string => {
      seen.push(error);
      return 'later';
    };
    await expect(breaker.execute<string>(fail, { fallback })).resolves.toBe('later');
    await expect(breaker.execute<string>(fail, { fallback })).resolves.toBe('later');
    expect(seen).toEqual([boom, expect.any(CircuitBreakerOpenError)]);
    expect(breaker.getMetrics()).toMatchObject({ totalSuccesses: 0, totalFailures: 1, fallbacks: 2 });
  });

  it('tells its changes to those who observe it', async () => {
    const { breaker, clock } = breakerOf({ failureThreshold: 1 });
    const events: ResourceEvent[] = [];
    const stop = breaker.observe((event) => events.push(event));
    await failTimes(breaker, 1);
    await breaker.execute(succeed).catch(() => undefined);
    await clock.advance(30_000);
    await breaker.execute(succeed);
    stop();
    breaker.reset();
    expect(events).toEqual([
      { type: 'breaker.call.failed', error: boom },
      { type: 'breaker.rate.exceeded', reason: 'consecutive failures' },
      { type: 'breaker.state.changed', from: 'closed', to: 'open', reason: 'consecutive failures' },
      { type: 'breaker.rejected', state: 'open', mode: 'auto', retryAfter: 30_000 },
      { type: 'breaker.state.changed', from: 'open', to: 'half_open', reason: 'recovery due' },
      { type: 'breaker.state.changed', from: 'half_open', to: 'closed', reason: 'recovered' },
    ]);
  });
});
