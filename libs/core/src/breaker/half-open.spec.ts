import { describe, expect, it } from '@jest/globals';

import type { Clock } from '../clock/clock.js';
import { ManualClock } from '../clock/manual-clock.js';
import type { ResourceEvent } from '../resource/resource.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';
import { CircuitBreaker } from './circuit-breaker.js';

const boom = new Error('boom');
const fail = (): Promise<never> => Promise.reject(boom);
const succeed = (): Promise<string> => Promise.resolve('fine');

/** Open after one failure. */
async function openBreaker(options: CircuitBreakerOptions): Promise<{ breaker: CircuitBreaker; clock: ManualClock }> {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ name: 'payments', clock, failureThreshold: 1, ...options });
  await breaker.execute(fail).catch(() => undefined);
  return { breaker, clock };
}

function hanging(breaker: CircuitBreaker): { promise: Promise<void>; succeed: () => void; fail: () => void } {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = breaker.execute(() => new Promise<void>((yes, no) => ([resolve, reject] = [yes, no])));
  promise.catch(() => undefined);
  return { promise, succeed: () => resolve(), fail: () => reject(boom) };
}

describe('Half open', () => {
  it('lets halfOpenMaxCalls through at once, and closes when all of them have succeeded', async () => {
    const { breaker, clock } = await openBreaker({ halfOpenMaxCalls: 3 });
    await clock.advance(30_000);
    const trials = [hanging(breaker), hanging(breaker), hanging(breaker)];
    expect(breaker.getMetrics().trials).toBe(3);
    await expect(breaker.execute(succeed)).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    for (const trial of trials) {
      expect(breaker.state).toBe('half_open');
      trial.succeed();
      await trial.promise;
    }
    expect(breaker.state).toBe('closed');
  });

  it('opens with the first failed trial; trials still under way decide nothing then', async () => {
    const { breaker, clock } = await openBreaker({ halfOpenMaxCalls: 3 });
    await clock.advance(30_000);
    const [first, second] = [hanging(breaker), hanging(breaker)];
    first.fail();
    await expect(first.promise).rejects.toBe(boom);
    expect(breaker.state).toBe('open');
    await clock.advance(10_000);
    second.fail();
    await expect(second.promise).rejects.toBe(boom);
    expect(breaker.retryAfter).toBe(20_000);
  });

  it('failureRate: tolerates fewer failed trials than that', async () => {
    const { breaker, clock } = await openBreaker({ halfOpenMaxCalls: 4, halfOpen: { failureRate: 50 } });
    await clock.advance(30_000);
    await breaker.execute(fail).catch(() => undefined);
    expect(breaker.state).toBe('half_open');
    for (let left = 3; left > 0; left--) await breaker.execute(succeed);
    expect(breaker.state).toBe('closed');
    await breaker.execute(fail).catch(() => undefined);
    await clock.advance(30_000);
    await breaker.execute(fail).catch(() => undefined);
    await breaker.execute(fail).catch(() => undefined);
    expect(breaker.state).toBe('open');
  });

  it('maxWait: opens again as of the instant at which the wait was over, whenever somebody looks', async () => {
    const { breaker, clock } = await openBreaker({ halfOpen: { maxWait: 1_000 } });
    await clock.advance(30_000);
    const trial = hanging(breaker);
    const openedAt = clock.wallNow() + 1_000;
    await clock.advance(11_000);
    expect(clock.pending).toBe(0);
    trial.succeed();
    await trial.promise;
    expect(breaker.retryAfter).toBe(20_000);
    expect(breaker.getMetrics()).toMatchObject({ state: 'open', lastStateChangeAt: openedAt });
    expect(breaker.history().at(-1)).toMatchObject({ at: openedAt, reason: 'no answer' });
    await expect(breaker.execute(succeed)).rejects.toThrow('a trial call gave no answer in time');
  });

  it('maxWait: the oldest trial under way decides, also while younger ones are under way', async () => {
    const { breaker, clock } = await openBreaker({ halfOpenMaxCalls: 3, halfOpen: { maxWait: 1_000 } });
    await clock.advance(30_000);
    const oldest = hanging(breaker);
    await clock.advance(600);
    const younger = hanging(breaker);
    await clock.advance(300);
    hanging(breaker);
    expect(breaker.retryAfter).toBe(100);
    await clock.advance(99);
    expect(breaker.state).toBe('half_open');
    await clock.advance(1);
    expect(breaker.state).toBe('open');
    oldest.succeed();
    younger.succeed();
    await clock.advance(29_999);
    expect(breaker.getMetrics()).toMatchObject({ state: 'open', retryAfter: 1, trials: 0 });
  });

  it('maxWait Infinity: waits for ever', async () => {
    const { breaker, clock } = await openBreaker({ halfOpen: { maxWait: Infinity } });
    await clock.advance(30_000);
    const trial = hanging(breaker);
    await clock.advance(1e9);
    expect(breaker.state).toBe('half_open');
    expect(breaker.retryAfter).toBe(1_000);
    trial.succeed();
    await trial.promise;
    expect(breaker.state).toBe('closed');
  });

  it('automatic: a timer tells when recovery is due', async () => {
    const { breaker, clock } = await openBreaker({ halfOpen: { automatic: true } });
    const events: ResourceEvent[] = [];
    breaker.observe((event) => events.push(event));
    expect(clock.pending).toBe(1);
    expect(clock.held).toBe(false);
    await clock.advance(30_000);
    expect(events).toEqual([{ type: 'breaker.state.changed', from: 'open', to: 'half_open', reason: 'recovery due' }]);
    expect(breaker.check().status).toBe('DEGRADED');
    await clock.advance(3_600_000);
    expect(breaker.state).toBe('half_open');
    await breaker.execute(succeed);
    expect(breaker.state).toBe('closed');
    expect(clock.pending).toBe(0);
  });

  it('automatic: a timer that is a little early is set again, for the rest', async () => {
    const clock = new ManualClock();
    const early: Clock = {
      now: () => clock.now(),
      wallNow: () => clock.wallNow(),
      schedule: (delay, run) => clock.schedule(delay > 1 ? delay - 0.4 : delay, run),
    };
    const breaker = new CircuitBreaker({
      name: 'payments',
      clock: early,
      failureThreshold: 1,
      halfOpen: { automatic: true },
    });
    const states: unknown[] = [];
    breaker.observe((event) => event.type === 'breaker.state.changed' && states.push(event.to));
    await breaker.execute(fail).catch(() => undefined);
    await clock.advance(29_999.8);
    expect([states, clock.pending]).toEqual([['open'], 1]);
    await clock.advance(0.2);
    expect([states, clock.pending]).toEqual([['open', 'half_open'], 0]);
  });

  it('automatic: reset and close leave no timer', async () => {
    const { breaker, clock } = await openBreaker({ halfOpen: { automatic: true } });
    breaker.reset();
    expect(clock.pending).toBe(0);
    await breaker.execute(fail).catch(() => undefined);
    expect(clock.pending).toBe(1);
    breaker.close();
    breaker.close();
    expect(clock.pending).toBe(0);
    await clock.advance(30_000);
    await breaker.execute(succeed);
    await breaker.execute(fail).catch(() => undefined);
    expect(clock.pending).toBe(0);
  });

  it('a listener that resets it leaves neither a timer nor a refused call', async () => {
    const { breaker, clock } = await openBreaker({ halfOpen: { automatic: true } });
    breaker.observe((event) => {
      if (event.type === 'breaker.state.changed' && event.to === 'open') breaker.reset();
    });
    breaker.reset();
    await breaker.execute(fail).catch(() => undefined);
    expect(breaker.state).toBe('closed');
    expect(clock.pending).toBe(0);
    const { breaker: lazy, clock: itsClock } = await openBreaker({});
    lazy.observe((event) => {
      if (event.type === 'breaker.state.changed' && event.to === 'half_open') lazy.reset();
    });
    await itsClock.advance(30_000);
    await expect(lazy.execute(succeed)).resolves.toBe('fine');
    expect(lazy.getMetrics()).toMatchObject({ state: 'closed', rejected: 0 });
  });

  it('not automatic: no timer, ever', async () => {
    const { breaker, clock } = await openBreaker({});
    expect(clock.pending).toBe(0);
    await clock.advance(30_000);
    hanging(breaker);
    expect(clock.pending).toBe(0);
  });
});

describe('Recovery', () => {
  it('takes longer each time a trial fails, up to the longest, and begins short again once it has closed', async () => {
    const recoveryTimeout = { initial: 1_000, max: 5_000, factor: 2, jitter: 0 };
    const { breaker, clock } = await openBreaker({ recoveryTimeout });
    for (const expected of [1_000, 2_000, 4_000, 5_000, 5_000]) {
      expect(breaker.retryAfter).toBe(expected);
      await clock.advance(expected);
      await breaker.execute(fail).catch(() => undefined);
    }
    expect(breaker.getMetrics().openings).toBe(6);
    await clock.advance(5_000);
    await breaker.execute(succeed);
    await breaker.execute(fail).catch(() => undefined);
    expect(breaker.retryAfter).toBe(1_000);
  });

  it('is drawn at random, so that many do not come back together', async () => {
    const recoveryTimeout = { initial: 1_000, max: 5_000, jitter: 0.5 };
    const { breaker } = await openBreaker({ recoveryTimeout, random: () => 0.4 });
    expect(breaker.retryAfter).toBe(800);
  });
});
