import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { ResourceEvent } from '../resource/resource.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import { CircuitBreaker } from './circuit-breaker.js';

// oxlint-disable-next-line no-restricted-imports -- its rules must fit in here
const { ConsecutiveBreaker, CountBreaker, SamplingBreaker } = await import('cockatiel');

const boom = new Error('boom');

function breakerOf(options: CircuitBreakerOptions): { breaker: CircuitBreaker; clock: ManualClock } {
  const clock = new ManualClock();
  return { breaker: new CircuitBreaker({ name: 'payments', clock, ...options }), clock };
}

/** `.` succeeds, `x` fails; stops when the circuit refuses, and says how many were made. */
async function play(breaker: CircuitBreaker, calls: string): Promise<number> {
  let made = 0;
  for (const call of calls)
    await breaker
      .execute(() => {
        made++;
        return call === '.' ? Promise.resolve() : Promise.reject(boom);
      })
      .catch(() => undefined);
  return made;
}

describe('Trip by count window', () => {
  it('opens when as many as the rate failed, not only when more did', async () => {
    const { breaker } = breakerOf({ trip: { window: 'count', size: 10, minimumCalls: 10, failureRate: 50 } });
    expect(await play(breaker, '.....xxxxx.')).toBe(10);
    expect(breaker.state).toBe('open');
    expect(breaker.getMetrics()).toMatchObject({ failureCount: 5, bufferedCalls: 10, failureRate: 50, slowRate: 0 });
  });

  it('can ask for 100 %', async () => {
    const { breaker } = breakerOf({ trip: { window: 'count', size: 4, failureRate: 100 } });
    expect(await play(breaker, '.xxx')).toBe(4);
    expect(breaker.state).toBe('closed');
    await play(breaker, 'x');
    expect(breaker.state).toBe('open');
  });

  it('judges nothing below the minimum number of calls', async () => {
    const { breaker } = breakerOf({ trip: { window: 'count', size: 100, minimumCalls: 5 } });
    await play(breaker, 'xxxx');
    expect(breaker.state).toBe('closed');
    expect(breaker.getMetrics()).toMatchObject({ failureCount: 4, failureRate: null, slowRate: null });
    await play(breaker, 'x');
    expect(breaker.state).toBe('open');
  });

  it('forgets what is more than its size ago', async () => {
    const { breaker } = breakerOf({ trip: { window: 'count', size: 4, minimumCalls: 4, failureRate: 50 } });
    await play(breaker, 'x...x...x...');
    expect(breaker.state).toBe('closed');
  });

  it('begins anew after recovery', async () => {
    const { breaker, clock } = breakerOf({ trip: { window: 'count', size: 4, failureRate: 50 } });
    await play(breaker, 'xxxx');
    await clock.advance(30_000);
    await play(breaker, '.xx');
    expect(breaker.state).toBe('closed');
    expect(breaker.getMetrics().bufferedCalls).toBe(2);
  });

  it('says in the refusal how many failed', async () => {
    const { breaker } = breakerOf({ trip: { window: 'count', size: 4, failureRate: 75 } });
    await play(breaker, '.xxx');
    await expect(breaker.execute(() => 1)).rejects.toThrow("is open: 3 of 4 calls failed, the last with 'boom'.");
  });
});

describe('Trip by time window', () => {
  it('counts the calls of the last seconds only', async () => {
    const { breaker, clock } = breakerOf({ trip: { window: 'time', duration: 10_000, minimumCalls: 4 } });
    await play(breaker, 'xx');
    await clock.advance(10_000);
    await play(breaker, 'xx');
    expect(breaker.state).toBe('closed');
    await clock.advance(5_000);
    await play(breaker, 'xx');
    expect(breaker.state).toBe('open');
  });

  it('opens by the failure rate', async () => {
    const { breaker } = breakerOf({ trip: { window: 'time', minimumCalls: 4, failureRate: 25 } });
    await play(breaker, '...');
    expect(breaker.state).toBe('closed');
    await play(breaker, 'x');
    expect(breaker.state).toBe('open');
  });
});

describe('Trip by slow calls', () => {
  const options: CircuitBreakerOptions = {
    trip: { window: 'count', size: 4, minimumCalls: 4, failureRate: 100, slowRate: 50 },
    outcome: { slowAfter: 100 },
  };

  async function take(breaker: CircuitBreaker, clock: ManualClock, duration: number): Promise<unknown> {
    return breaker.execute(async () => {
      clock.freeze(duration);
      return duration;
    });
  }

  it('opens though every call succeeds, and every caller gets its result', async () => {
    const { breaker, clock } = breakerOf(options);
    const events: ResourceEvent[] = [];
    breaker.observe((event) => events.push(event));
    for (const duration of [100, 100, 101]) expect(await take(breaker, clock, duration)).toBe(duration);
    expect(breaker.state).toBe('closed');
    expect(await take(breaker, clock, 500)).toBe(500);
    expect(breaker.state).toBe('open');
    expect(breaker.getMetrics()).toMatchObject({ slow: 2, slowRate: 50, failureRate: 0, totalSuccesses: 4 });
    expect(events).toEqual([
      { type: 'breaker.call.slow', took: 101 },
      { type: 'breaker.call.slow', took: 500 },
      { type: 'breaker.rate.exceeded', reason: 'slow call rate' },
      { type: 'breaker.state.changed', from: 'closed', to: 'open', reason: 'slow call rate' },
    ]);
    await expect(breaker.execute(() => 1)).rejects.toThrow('is open: 2 of 4 calls were slow.');
  });

  it('takes a slow trial for a failed one', async () => {
    const { breaker, clock } = breakerOf(options);
    for (let left = 4; left > 0; left--) await take(breaker, clock, 200);
    await clock.advance(30_000);
    expect(await take(breaker, clock, 200)).toBe(200);
    expect(breaker.state).toBe('open');
    await clock.advance(30_000);
    await take(breaker, clock, 50);
    expect(breaker.state).toBe('closed');
  });

  it('without a slow call rate, a slow trial is as good as any', async () => {
    const { breaker, clock } = breakerOf({ failureThreshold: 1, outcome: { slowAfter: 100 } });
    await play(breaker, 'x');
    await clock.advance(30_000);
    await take(breaker, clock, 500);
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', slow: 1 });
  });

  it('a call that counts as nothing is not slow either', async () => {
    const { breaker, clock } = breakerOf({ outcome: { slowAfter: 100, isIgnored: () => true } });
    await breaker
      .execute(async () => {
        clock.freeze(500);
        throw boom;
      })
      .catch(() => undefined);
    expect(breaker.getMetrics()).toMatchObject({ slow: 0, ignored: 1 });
  });

  it('counts a slow failure in both rates', async () => {
    const { breaker, clock } = breakerOf({ ...options, trip: { window: 'count', size: 4 } });
    await breaker
      .execute(async () => {
        clock.freeze(200);
        throw boom;
      })
      .catch(() => undefined);
    expect(breaker.getMetrics()).toMatchObject({ failureCount: 1, slow: 1 });
  });
});

describe("Trip by one of cockatiel's rules", () => {
  it('opens when the rule says so', async () => {
    const { breaker, clock } = breakerOf({ trip: { rule: () => new ConsecutiveBreaker(3) } });
    await play(breaker, 'xx.xx');
    expect(breaker.state).toBe('closed');
    expect(await play(breaker, 'xxx')).toBe(1);
    expect(breaker.state).toBe('open');
    expect(breaker.getMetrics().failureThreshold).toBeNull();
    await clock.advance(30_000);
    await play(breaker, '.xx');
    expect(breaker.state).toBe('closed');
  });

  it('takes each of them, and makes a new one for each closed period', async () => {
    let made = 0;
    const rule = (): InstanceType<typeof CountBreaker> => {
      made++;
      return new CountBreaker({ size: 4, threshold: 0.5 });
    };
    const { breaker, clock } = breakerOf({ trip: { rule } });
    await play(breaker, '.xxx');
    expect(breaker.state).toBe('open');
    await clock.advance(30_000);
    await play(breaker, '.');
    expect(made).toBe(2);
    const sampling = () => new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 0.1 });
    const { breaker: other } = breakerOf({ trip: { rule: sampling } });
    await play(other, 'xx');
    expect(other.state).toBe('open');
  });
});
