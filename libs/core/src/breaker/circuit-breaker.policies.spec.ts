import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { ResourceEvent } from '../resource/resource.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';
import { CircuitBreaker } from './circuit-breaker.js';

const boom = new Error('boom');

function breakerOf(options: CircuitBreakerOptions = {}): { breaker: CircuitBreaker; clock: ManualClock } {
  const clock = new ManualClock();
  return { breaker: new CircuitBreaker({ name: 'payments', clock, ...options }), clock };
}

describe('The order of what is around a call', () => {
  it('is fallback > retry > breaker > timeout > bulkhead > work', async () => {
    const { breaker, clock } = breakerOf({
      bulkhead: { maxConcurrent: 1 },
      timeout: 100,
      failureThreshold: 2,
      retry: { attempts: 5, delay: 10 },
    });
    let began = 0;
    const hang = (): Promise<never> => {
      began++;
      return new Promise<never>(() => undefined);
    };
    const errors: unknown[] = [];
    const promise = breaker.execute<string>(hang, {
      fallback: (error) => {
        errors.push(error);
        return 'later';
      },
    });
    await clock.advance(1_000);
    await expect(promise).resolves.toBe('later');
    // The first try hangs and keeps its permit, the second times out in the queue; both are failures to the breaker, which
    // opens; the third is refused, which is not retried; and the fallback answers once, outside of all.
    expect(began).toBe(1);
    expect(errors).toEqual([expect.any(CircuitBreakerOpenError)]);
    expect(breaker.getMetrics()).toMatchObject({ state: 'open', totalFailures: 2, rejected: 1, fallbacks: 1 });
    expect((errors[0] as CircuitBreakerOpenError).cause).toMatchObject({ code: 'CALL_TIMEOUT' });
  });

  it('each retry is a call of its own to the circuit', async () => {
    const { breaker } = breakerOf({ retry: { attempts: 3, delay: 0 }, failureThreshold: 3 });
    await expect(breaker.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    expect(breaker.getMetrics()).toMatchObject({ state: 'open', totalFailures: 3 });
  });

  it('an open circuit is not retried', async () => {
    const { breaker, clock } = breakerOf({ retry: { attempts: 10, delay: 1_000 }, failureThreshold: 1 });
    const promise = breaker.execute(() => Promise.reject(boom));
    promise.catch(() => undefined);
    await clock.advance(1_000);
    await expect(promise).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    expect(breaker.getMetrics().rejected).toBe(1);
  });

  it('a permit is kept until the work has really ended, also when the caller has long been told', async () => {
    const { breaker, clock } = breakerOf({ bulkhead: { maxConcurrent: 1, queueLimit: 0 }, timeout: 100 });
    let end: () => void = () => undefined;
    const slow = breaker.execute(() => new Promise<void>((resolve) => (end = resolve)));
    slow.catch(() => undefined);
    await clock.advance(100);
    await expect(slow).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({
      code: 'BULKHEAD_FULL',
      message: expect.stringContaining(
        "The bulkhead of circuit breaker 'payments' is full: 1 calls under way, 0 waiting.",
      ),
    });
    end();
    await clock.advance(0);
    await expect(breaker.execute(() => 1)).resolves.toBe(1);
  });

  it('a timeout while queueing leaves the queue', async () => {
    const { breaker, clock } = breakerOf({ bulkhead: { maxConcurrent: 1 }, timeout: 100 });
    let began = 0;
    let end: () => void = () => undefined;
    const work = (): Promise<void> => {
      began++;
      return new Promise<void>((resolve) => (end = resolve));
    };
    const calls = [breaker.execute(work), breaker.execute(work)];
    for (const call of calls) call.catch(() => undefined);
    await clock.advance(100);
    await Promise.allSettled(calls);
    end();
    await clock.advance(0);
    expect(began).toBe(1);
    expect(clock.held).toBe(false);
  });

  it('the abort of the caller reaches the work and ends the pause before a retry', async () => {
    const { breaker, clock } = breakerOf({ retry: { attempts: 3, delay: 1_000 } });
    const controller = new AbortController();
    const reason = new Error('gone');
    const promise = breaker.execute(() => Promise.reject(boom), {
      signal: controller.signal,
      fallback: () => 'unused',
    });
    promise.catch(() => undefined);
    await clock.advance(500);
    controller.abort(reason);
    await expect(promise).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
    expect(breaker.getMetrics()).toMatchObject({ totalFailures: 1, fallbacks: 0 });
  });
});

describe('executeSync', () => {
  it('counts, refuses and rethrows as execute does', () => {
    const { breaker } = breakerOf({ failureThreshold: 2 });
    expect(breaker.executeSync(() => 7)).toBe(7);
    const throwing = (): never => {
      throw boom;
    };
    expect(() => breaker.executeSync(throwing)).toThrow(boom);
    expect(() => breaker.executeSync(throwing)).toThrow(boom);
    expect(() => breaker.executeSync(() => 7)).toThrow(CircuitBreakerOpenError);
    expect(breaker.getMetrics()).toMatchObject({ totalSuccesses: 1, totalFailures: 2, rejected: 1 });
  });

  it('says so when it is given asynchronous work, and counts nothing', () => {
    const { breaker } = breakerOf({ failureThreshold: 1 });
    expect(() => breaker.executeSync(() => Promise.reject(boom))).toThrow(
      "executeSync of circuit breaker 'payments' was given asynchronous work: use execute.",
    );
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', totalFailures: 0, ignored: 1 });
  });
});

describe('Events of single calls', () => {
  it('are told only to who asks for them', async () => {
    const { breaker, clock } = breakerOf({ outcome: { slowAfter: 100, isIgnored: (error) => error === boom } });
    const some: ResourceEvent[] = [];
    const all: ResourceEvent[] = [];
    breaker.observe((event) => some.push(event));
    const stop = breaker.observe((event) => all.push(event), { calls: true });
    await breaker.execute(() => clock.freeze(7));
    await breaker.execute(() => Promise.reject(boom)).catch(() => undefined);
    stop();
    await breaker.execute(() => 1);
    expect(some).toEqual([]);
    expect(all).toEqual([
      { type: 'breaker.call.succeeded', took: 7 },
      { type: 'breaker.call.ignored', error: boom, took: 0 },
    ]);
  });

  it('have no duration if calls are not timed', async () => {
    const { breaker } = breakerOf();
    const all: ResourceEvent[] = [];
    breaker.observe((event) => all.push(event), { calls: true });
    await breaker.execute(() => 1);
    expect(all).toEqual([{ type: 'breaker.call.succeeded' }]);
  });

  it('a listener may reset the breaker in the midst of its opening', async () => {
    const { breaker } = breakerOf({ failureThreshold: 1 });
    breaker.observe(({ type }) => {
      if (type === 'breaker.rate.exceeded') breaker.reset();
    });
    await expect(breaker.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', failureCount: 0 });
  });
});
