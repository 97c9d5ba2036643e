import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { BulkheadFullError } from './bulkhead-full.error.js';
import { RetryPolicy, type RetryOptions } from './retry-policy.js';

const boom = new Error('boom');

function retryOf(options: RetryOptions = {}): { retry: RetryPolicy; clock: ManualClock } {
  const clock = new ManualClock();
  return { retry: new RetryPolicy(options, { clock, random: () => 0 }), clock };
}

/** Fails so many times, then says how often it was called. */
function failing(times: number, error: unknown = boom): { work: () => Promise<number>; calls: () => number } {
  let calls = 0;
  const work = (): Promise<number> => (++calls <= times ? Promise.reject(error as Error) : Promise.resolve(calls));
  return { work, calls: () => calls };
}

describe('A retry policy', () => {
  it('tries again after growing pauses, until it succeeds', async () => {
    const { retry, clock } = retryOf({ attempts: 4, delay: { initial: 100, max: 1_000 } });
    const { work, calls } = failing(3);
    const promise = retry.execute(work);
    expect(calls()).toBe(1);
    expect(clock.held).toBe(false);
    await clock.advance(99);
    expect(clock.held).toBe(true);
    expect(calls()).toBe(1);
    await clock.advance(1);
    expect(calls()).toBe(2);
    await clock.advance(200);
    expect(calls()).toBe(3);
    await clock.advance(400);
    await expect(promise).resolves.toBe(4);
    expect(clock.held).toBe(false);
  });

  it('attempts counts all calls, and the last error is the same object', async () => {
    const { retry } = retryOf({ attempts: 3, delay: 0 });
    const { work, calls } = failing(9);
    await expect(retry.execute(work)).rejects.toBe(boom);
    expect(calls()).toBe(3);
    const single = retryOf({ attempts: 1 });
    const other = failing(9);
    await expect(single.retry.execute(other.work)).rejects.toBe(boom);
    expect(other.calls()).toBe(1);
  });

  it('asks isRetryable with the number of the attempt', async () => {
    const asked: unknown[] = [];
    const isRetryable = (error: unknown, attempt: number): boolean => asked.push([error, attempt]) < 2;
    const { retry } = retryOf({ attempts: 9, delay: 0, isRetryable });
    const { work, calls } = failing(9);
    await expect(retry.execute(work)).rejects.toBe(boom);
    expect(calls()).toBe(2);
    expect(asked).toEqual([
      [boom, 1],
      [boom, 2],
    ]);
  });

  it('never tries again what was not tried: an open circuit of ours or of cockatiel, a full bulkhead', async () => {
    const refusals = [
      Object.assign(new Error('open'), { isBrokenCircuitError: true }),
      new BulkheadFullError({ what: 'The bulkhead', maxConcurrent: 1, queueLimit: 0, waited: 0 }),
    ];
    for (const refusal of refusals) {
      const { retry } = retryOf({ delay: 0, isRetryable: () => true });
      const { work, calls } = failing(9, refusal);
      await expect(retry.execute(work)).rejects.toBe(refusal);
      expect(calls()).toBe(1);
    }
  });

  it('an abort ends the pause at once, with its reason, and leaves no timer', async () => {
    const { retry, clock } = retryOf({ delay: 10_000 });
    const controller = new AbortController();
    const { work, calls } = failing(9);
    const promise = retry.execute(work, { signal: controller.signal });
    promise.catch(() => undefined);
    await clock.advance(5_000);
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(promise).rejects.toBe(reason);
    expect(calls()).toBe(1);
    expect(clock.pending).toBe(0);
    expect(clock.held).toBe(false);
  });

  it('what fails after the caller gave up is not tried again', async () => {
    const { retry } = retryOf({ delay: 0 });
    const controller = new AbortController();
    let calls = 0;
    const work = (): Promise<never> => {
      calls++;
      controller.abort();
      return Promise.reject(boom);
    };
    await expect(retry.execute(work, { signal: controller.signal })).rejects.toBe(boom);
    expect(calls).toBe(1);
  });

  it('gives the work the signal of the caller', async () => {
    const { retry } = retryOf();
    const { signal } = new AbortController();
    await expect(retry.execute((context) => context.signal, { signal })).resolves.toBe(signal);
    await expect(retry.execute((context) => context.signal.aborted)).resolves.toBe(false);
  });

  it('refuses options that cannot work', () => {
    expect(() => retryOf({ attempts: 0, budget: { percent: 0 } })).toThrow(/attempts[^]*budget\.percent/);
    expect(() => retryOf({ delay: { initial: 100, max: 50 } })).toThrow('max must be at least initial (100), got 50');
  });
});

describe('A retry budget', () => {
  it('allows a share of the calls, and a few per second in any case', async () => {
    const { retry, clock } = retryOf({ attempts: 2, delay: 0, budget: { percent: 10, minimum: 2 } });
    let calls = 0;
    const work = (): Promise<never> => {
      calls++;
      return Promise.reject(boom);
    };
    const retriesOf = async (count: number): Promise<number> => {
      calls = 0;
      for (let left = count; left > 0; left--) await retry.execute(work).catch(() => undefined);
      return calls - count;
    };
    expect(await retriesOf(100)).toBe(12);
    expect(await retriesOf(100)).toBe(10);
    await clock.advance(500);
    expect(await retriesOf(10)).toBe(2);
    await clock.advance(60_000);
    expect(await retriesOf(10)).toBe(3);
  });

  it('does not save up for ever', async () => {
    const { retry } = retryOf({ attempts: 2, delay: 0, budget: { percent: 100, minimum: 0 } });
    for (let left = 1_000; left > 0; left--) await retry.execute(() => 1);
    let calls = 0;
    const work = (): Promise<never> => {
      calls++;
      return Promise.reject(boom);
    };
    await Promise.allSettled(Array.from({ length: 500 }, () => retry.execute(work)));
    expect(calls - 500).toBe(100);
  });
});
