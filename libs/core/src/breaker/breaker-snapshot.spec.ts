import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import type { BreakerSnapshot } from './breaker-snapshot.js';
import { CircuitBreaker } from './circuit-breaker.js';

const fail = (): Promise<never> => Promise.reject(new Error('boom'));
const succeed = (): Promise<string> => Promise.resolve('fine');
const recoveryTimeout = { initial: 1_000, max: 8_000, jitter: 0 };

function breakerOf(options: CircuitBreakerOptions = {}): { breaker: CircuitBreaker; clock: ManualClock } {
  const clock = new ManualClock();
  return {
    breaker: new CircuitBreaker({ name: 'payments', clock, failureThreshold: 2, recoveryTimeout, ...options }),
    clock,
  };
}

async function failTimes(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let left = times; left > 0; left--) await breaker.execute(fail).catch(() => undefined);
}

/** Over the wire, into a process whose clock began at another time. */
function carried(breaker: CircuitBreaker): { breaker: CircuitBreaker; clock: ManualClock } {
  const clock = new ManualClock(9_999_999, 5);
  const restore = JSON.parse(JSON.stringify(breaker)) as BreakerSnapshot;
  return {
    breaker: new CircuitBreaker({ name: 'payments', clock, failureThreshold: 2, recoveryTimeout, restore }),
    clock,
  };
}

describe('A snapshot', () => {
  it('carries an open circuit to another process, with relative times and the growing recovery', async () => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 2);
    await clock.advance(1_000);
    await failTimes(breaker, 1);
    await clock.advance(500);
    const { breaker: next, clock: itsClock } = carried(breaker);
    expect(next.getMetrics()).toMatchObject({ state: 'open', retryAfter: 1_500, openings: 2 });
    await expect(next.execute(succeed)).rejects.toThrow('is open: it was open when its state was saved.');
    await itsClock.advance(1_500);
    await failTimes(next, 1);
    expect(next.retryAfter).toBe(4_000);
  });

  it('carries a half open circuit as open and due', async () => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 2);
    await clock.advance(1_000);
    void breaker.execute(() => new Promise<never>(() => undefined));
    expect(breaker.toJSON()).toMatchObject({ state: 'half_open', remaining: 0 });
    const { breaker: next } = carried(breaker);
    expect(next.retryAfter).toBe(0);
    await next.execute(succeed);
    expect(next.state).toBe('closed');
  });

  it('carried on from one process to the next and the next, stays what it is', async () => {
    const { breaker } = breakerOf({ failureThreshold: 3 });
    await failTimes(breaker, 3);
    const saved = breaker.toJSON();
    expect(saved).toMatchObject({ state: 'open', failureCount: 3 });
    expect(carried(carried(breaker).breaker).breaker.toJSON()).toEqual(saved);
  });

  it('carries the failures in a row, but never opens by being loaded', async () => {
    const { breaker } = breakerOf({ failureThreshold: 5 });
    await failTimes(breaker, 4);
    const { breaker: next } = carried(breaker);
    expect(next.state).toBe('closed');
    expect(next.getMetrics().failureCount).toBe(1);
    await failTimes(next, 1);
    expect(next.state).toBe('open');
  });

  it('carries the mode and what is left of its time', async () => {
    const { breaker, clock } = breakerOf();
    breaker.setMode('forced_open', { reason: 'migration', ttl: 10_000 });
    await clock.advance(4_000);
    const { breaker: next, clock: itsClock } = carried(breaker);
    expect(next.getMetrics()).toMatchObject({ mode: 'forced_open', modeReason: 'migration', retryAfter: 6_000 });
    await itsClock.advance(6_000);
    expect(next.mode).toBe('auto');
    breaker.setMode('disabled');
    expect(carried(breaker).breaker.mode).toBe('disabled');
  });

  it('turns half open by itself after being loaded, if automatic', async () => {
    const { breaker } = breakerOf();
    await failTimes(breaker, 2);
    const { breaker: next, clock } = breakerOf({ restore: breaker.toJSON(), halfOpen: { automatic: true } });
    expect(clock.pending).toBe(1);
    await clock.advance(1_000);
    expect(next.state).toBe('half_open');
  });

  it.each([
    ['nothing', null, 'must be what toJSON() gave'],
    ['text', '{}', 'must be what toJSON() gave'],
    ['another version', { version: 2 }, 'is of a version that is not known here'],
    ['a state that does not exist', { state: 'ajar' }, 'is corrupt in state'],
    ['times that are none', { remaining: -1, modeRemaining: NaN }, 'is corrupt in remaining, modeRemaining'],
    ['counts that are none', { openings: 0.5, failureCount: -4 }, 'is corrupt in openings, failureCount'],
    ['a mode that does not exist', { mode: 'on', modeReason: 1 }, 'is corrupt in mode, modeReason'],
  ])('is refused when it is %s', (_, change, message) => {
    const good = breakerOf().breaker.toJSON();
    const restore = (
      typeof change === 'object' && change !== null ? { ...good, ...change } : change
    ) as BreakerSnapshot;
    expect(() => breakerOf({ restore })).toThrow(`restore: ${message}`);
  });
});
