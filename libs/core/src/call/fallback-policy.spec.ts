import { describe, expect, it } from '@jest/globals';

import { FallbackPolicy, fallbackFor } from './fallback-policy.js';

class PaymentError extends Error {}
class DeclinedError extends PaymentError {}

const boom = new Error('boom');

describe('A fallback', () => {
  it('answers for what throws and for what rejects, and is given the error', async () => {
    const policy = new FallbackPolicy<string>((error) => `instead of ${(error as Error).message}`);
    await expect(policy.execute(() => Promise.reject(boom))).resolves.toBe('instead of boom');
    await expect(
      policy.execute(() => {
        throw boom;
      }),
    ).resolves.toBe('instead of boom');
    await expect(policy.execute(() => 'fine')).resolves.toBe('fine');
  });

  it('by class: the nearest superclass wins, whatever the order', async () => {
    const rules = [
      { on: Error, use: () => 'any' },
      { on: PaymentError, use: () => 'payment' },
      { on: DeclinedError, use: () => 'declined' },
      { on: Object, use: () => 'object' },
    ];
    const answer = (error: unknown): unknown => fallbackFor(error, rules)?.(error);
    expect(answer(new DeclinedError())).toBe('declined');
    expect(answer(new PaymentError())).toBe('payment');
    expect(answer(new RangeError())).toBe('any');
    expect(answer({})).toBe('object');
    expect(answer('text')).toBeUndefined();
    expect(answer(null)).toBeUndefined();
  });

  it('without one that fits, the error stays what it was', async () => {
    const policy = new FallbackPolicy<string>([{ on: PaymentError, use: () => 'later' }]);
    await expect(policy.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    await expect(policy.execute(() => Promise.reject(new DeclinedError()))).resolves.toBe('later');
  });

  it('what it throws itself is passed on, untouched', async () => {
    const other = new Error('the fallback failed, too');
    const policy = new FallbackPolicy<string>(() => Promise.reject(other));
    await expect(policy.execute(() => Promise.reject(boom))).rejects.toBe(other);
  });

  it('does not answer a caller that gave up', async () => {
    const controller = new AbortController();
    const policy = new FallbackPolicy<string>(() => 'unheard');
    const work = (): Promise<never> => {
      controller.abort();
      return Promise.reject(boom);
    };
    await expect(policy.execute(work, { signal: controller.signal })).rejects.toBe(boom);
  });
});
