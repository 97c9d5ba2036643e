import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { TimeoutPolicy } from './timeout-policy.js';

function timeoutOf(timeout: number): { policy: TimeoutPolicy; clock: ManualClock } {
  const clock = new ManualClock();
  return { policy: new TimeoutPolicy({ timeout }, { clock, what: 'Paying', resource: 'payments' }), clock };
}

const hang = (): Promise<never> => new Promise(() => undefined);

describe('A timeout', () => {
  it('gives up, says who took how long, and aborts the signal of the work', async () => {
    const { policy, clock } = timeoutOf(100);
    let signal: AbortSignal | undefined;
    const promise = policy.execute((context) => {
      signal = context.signal;
      return hang();
    });
    promise.catch(() => undefined);
    expect(clock.held).toBe(true);
    await clock.advance(100);
    const error: unknown = await promise.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CALL_TIMEOUT', timeout: 100, resource: 'payments' });
    expect(signal?.reason).toBe(error);
    expect(clock.held).toBe(false);
  });

  it('tells the abort of the caller apart', async () => {
    const { policy, clock } = timeoutOf(100);
    const controller = new AbortController();
    const promise = policy.execute(hang, { signal: controller.signal });
    promise.catch(() => undefined);
    controller.abort();
    await expect(promise).rejects.toBe(controller.signal.reason);
    expect(clock.pending).toBe(0);
  });

  it('costs nothing afterwards', async () => {
    const { policy, clock } = timeoutOf(100);
    await expect(policy.execute(() => Promise.resolve(1))).resolves.toBe(1);
    await expect(policy.execute(() => 2)).resolves.toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('passes on what the work throws, untouched', async () => {
    const { policy } = timeoutOf(100);
    await expect(policy.execute(() => Promise.reject(undefined as unknown as Error))).rejects.toBeUndefined();
  });

  it('must be given', () => {
    expect(() => new TimeoutPolicy({} as { timeout: number })).toThrow('timeout: is required');
    expect(() => timeoutOf(0)).toThrow('timeout: must be milliseconds above 0');
  });
});
