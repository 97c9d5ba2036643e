import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { ResourceEvent } from '../resource/resource.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';
import { CircuitBreaker } from './circuit-breaker.js';

// oxlint-disable-next-line no-restricted-imports -- the real engine is watched at work here
const cockatiel = await import('cockatiel');

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

/** A call under way, to be ended by hand. */
function hanging(breaker: CircuitBreaker): { promise: Promise<string>; succeed: () => void; fail: () => void } {
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = breaker.execute(() => new Promise<string>((yes, no) => ([resolve, reject] = [yes, no])));
  promise.catch(() => undefined);
  return { promise, succeed: () => resolve('late'), fail: () => reject(boom) };
}

async function openAndDue(breaker: CircuitBreaker, clock: ManualClock): Promise<void> {
  await failTimes(breaker, 5);
  await clock.advance(30_000);
}

let restore: () => void = () => undefined;

afterEach(() => {
  restore();
  jest.restoreAllMocks();
});

describe('Traps of other breakers, and not of this one', () => {
  it('every admitted call passes through a cockatiel policy, and no refused one does', async () => {
    const execute = jest.spyOn(cockatiel.CircuitBreakerPolicy.prototype, 'execute');
    const { breaker, clock } = breakerOf({ timeout: 1_000, retry: { attempts: 2, delay: 0 } });
    await breaker.execute(succeed);
    expect(execute).toHaveBeenCalledTimes(1);
    await breaker.execute(fail).catch(() => undefined);
    expect(execute).toHaveBeenCalledTimes(3);
    await failTimes(breaker, 5);
    expect(breaker.state).toBe('open');
    const admitted = execute.mock.calls.length;
    const { rejected } = breaker.getMetrics();
    await failTimes(breaker, 20);
    expect(execute).toHaveBeenCalledTimes(admitted);
    await clock.advance(30_000);
    await breaker.execute(succeed);
    for (const mode of ['disabled', 'metrics_only'] as const) {
      breaker.setMode(mode);
      await breaker.execute(succeed);
    }
    expect(execute).toHaveBeenCalledTimes(admitted + 3);
    breaker.setMode('forced_open');
    await failTimes(breaker, 3);
    expect(execute).toHaveBeenCalledTimes(admitted + 3);
    expect(breaker.getMetrics().rejected).toBe(rejected + 23);
  });

  it('1: cockatiel opens the policy of each generation that has ended, so that nothing passes through it any more', async () => {
    const execute = jest.spyOn(cockatiel.CircuitBreakerPolicy.prototype, 'execute');
    const { breaker, clock } = breakerOf();
    await openAndDue(breaker, clock);
    await breaker.execute(succeed);
    await breaker.execute(succeed);
    const { Open, Closed } = cockatiel.CircuitState;
    const policies = [...new Set(execute.mock.contexts)] as { readonly state: number }[];
    expect(policies.map(({ state }) => state)).toEqual([Open, Open, Closed]);
  });

  it('2: half open refuses the surplus at once instead of queueing it behind the trial', async () => {
    const { breaker, clock } = breakerOf();
    await openAndDue(breaker, clock);
    const trial = hanging(breaker);
    const results = await Promise.allSettled(Array.from({ length: 1_000 }, () => breaker.execute(succeed)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1_000);
    await expect(breaker.execute(succeed)).rejects.toMatchObject({ state: 'half_open', retryAfter: 1_000 });
    trial.succeed();
    await expect(trial.promise).resolves.toBe('late');
    expect(breaker.state).toBe('closed');
  });

  it('2: a trial that hangs does not keep the circuit half open', async () => {
    const { breaker, clock } = breakerOf({ halfOpen: { maxWait: 5_000 } });
    await openAndDue(breaker, clock);
    hanging(breaker);
    await clock.advance(4_999);
    expect(breaker.state).toBe('half_open');
    await clock.advance(1);
    expect(breaker.state).toBe('open');
    expect(breaker.retryAfter).toBe(30_000);
    await clock.advance(30_000);
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
  });

  it('3: a failure of a call from before does not open a circuit that has recovered', async () => {
    const { breaker, clock } = breakerOf({ failureThreshold: 1 });
    const [slow, alsoSlow] = [hanging(breaker), hanging(breaker)];
    await failTimes(breaker, 1);
    await clock.advance(30_000);
    const trial = hanging(breaker);
    slow.fail();
    await expect(slow.promise).rejects.toBe(boom);
    expect(breaker.state).toBe('half_open');
    trial.succeed();
    await trial.promise;
    alsoSlow.fail();
    await expect(alsoSlow.promise).rejects.toBe(boom);
    expect(breaker.state).toBe('closed');
    expect(breaker.getMetrics()).toMatchObject({ failureCount: 0, totalFailures: 3 });
  });

  it('3: a success of a call from before does not close a circuit that is on trial', async () => {
    const { breaker, clock } = breakerOf({ failureThreshold: 1 });
    const slow = hanging(breaker);
    await failTimes(breaker, 1);
    await clock.advance(30_000);
    const trial = hanging(breaker);
    slow.succeed();
    await expect(slow.promise).resolves.toBe('late');
    expect(breaker.state).toBe('half_open');
    trial.fail();
    await expect(trial.promise).rejects.toBe(boom);
    expect(breaker.state).toBe('open');
  });

  it('4: failures from before a long pause are not in the time window', async () => {
    const { breaker, clock } = breakerOf({ trip: { window: 'time', duration: 10_000, minimumCalls: 5 } });
    await failTimes(breaker, 4);
    await clock.advance(3_600_000);
    expect(breaker.getMetrics()).toMatchObject({ bufferedCalls: 0, failureCount: 0, failureRate: null });
    await failTimes(breaker, 1);
    expect(breaker.getMetrics()).toMatchObject({ bufferedCalls: 1, state: 'closed' });
  });

  it('5: a listener that throws is neither a failed call nor in the way of the other listeners', async () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { breaker } = breakerOf({ failureThreshold: 1 });
    const events: ResourceEvent[] = [];
    breaker.observe(
      () => {
        throw new Error('broken listener');
      },
      { calls: true },
    );
    breaker.observe(() => Promise.reject(new Error('broken too')) as never, { calls: true });
    breaker.observe((event) => events.push(event), { calls: true });
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
    expect(breaker.state).toBe('closed');
    await expect(breaker.execute(fail)).rejects.toBe(boom);
    expect(breaker.state).toBe('open');
    expect(events.map(({ type }) => type)).toEqual([
      'breaker.call.succeeded',
      'breaker.call.failed',
      'breaker.rate.exceeded',
      'breaker.state.changed',
    ]);
    expect(warning).toHaveBeenCalled();
  });

  it('6: clients that disconnect do not open the circuit', async () => {
    const { breaker } = breakerOf({ failureThreshold: 2, timeout: 1_000 });
    for (let client = 0; client < 10; client++) {
      const controller = new AbortController();
      const reason = new Error('disconnected');
      const promise = breaker.execute(
        ({ signal }) =>
          new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
        { signal: controller.signal },
      );
      controller.abort(reason);
      await expect(promise).rejects.toBe(reason);
    }
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', failureCount: 0, totalFailures: 0, ignored: 10 });
  });

  it('6: an aborted caller is told at once, also if the work takes no notice', async () => {
    const { breaker } = breakerOf();
    const controller = new AbortController();
    const promise = breaker.execute(() => new Promise<never>(() => undefined), { signal: controller.signal });
    controller.abort();
    await expect(promise).rejects.toBe(controller.signal.reason);
    let called = false;
    await expect(breaker.execute(() => void (called = true), { signal: controller.signal })).rejects.toBe(
      controller.signal.reason,
    );
    expect(called).toBe(false);
    expect(breaker.getMetrics()).toMatchObject({ ignored: 1, rejected: 0 });
  });

  it('6: a caller that has already given up takes no place of a trial', async () => {
    const { breaker, clock } = breakerOf();
    await openAndDue(breaker, clock);
    await expect(breaker.execute(succeed, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone');
    expect(breaker.state).toBe('open');
  });

  it('6: an abort frees the place of a trial', async () => {
    const { breaker, clock } = breakerOf();
    await openAndDue(breaker, clock);
    const controller = new AbortController();
    const trial = breaker.execute(() => new Promise<never>(() => undefined), { signal: controller.signal });
    controller.abort();
    await expect(trial).rejects.toBe(controller.signal.reason);
    expect(breaker.state).toBe('half_open');
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
    expect(breaker.state).toBe('closed');
  });

  it('7: a timeout makes no AbortController for work that does not ask for its signal, and aborts none on success', async () => {
    const { breaker, clock } = breakerOf({ timeout: 1_000, bulkhead: {}, retry: {} });
    let made = 0;
    class Counted extends AbortController {
      constructor() {
        super();
        made++;
      }
    }
    const Native = globalThis.AbortController;
    globalThis.AbortController = Counted;
    restore = () => (globalThis.AbortController = Native);
    await breaker.execute(succeed);
    expect(made).toBe(0);
    let signal: AbortSignal | undefined;
    await breaker.execute((context) => {
      signal = context.signal;
      return succeed();
    });
    expect(made).toBe(1);
    await clock.advance(5_000);
    expect(signal?.aborted).toBe(false);
  });

  it('7: a timeout aborts the signal, counts as a failure and is told apart from an abort', async () => {
    const { breaker, clock } = breakerOf({ timeout: 1_000, failureThreshold: 1 });
    let signal: AbortSignal | undefined;
    const promise = breaker.execute((context) => {
      signal = context.signal;
      return new Promise<never>(() => undefined);
    });
    promise.catch(() => undefined);
    expect(clock.held).toBe(true);
    await clock.advance(1_000);
    await expect(promise).rejects.toMatchObject({ code: 'CALL_TIMEOUT', timeout: 1_000, resource: 'payments' });
    expect(signal?.aborted).toBe(true);
    expect(breaker.state).toBe('open');
    expect(clock.held).toBe(false);
  });

  it('a call that succeeds costs no reading of a clock, no timer and no event, unless an option asks for it', async () => {
    const clock = new ManualClock();
    const read = jest.spyOn(clock, 'now');
    const schedule = jest.spyOn(clock, 'schedule');
    const breaker = new CircuitBreaker({ name: 'payments', clock });
    for (let left = 10; left > 0; left--) await breaker.execute(succeed);
    expect(read).not.toHaveBeenCalled();
    expect(schedule).not.toHaveBeenCalled();
    const timed = new CircuitBreaker({ name: 'timed', clock, outcome: { slowAfter: 100 } });
    await timed.execute(succeed);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('ten thousand breakers have no timer, whatever their state', async () => {
    const clock = new ManualClock();
    const breakers = Array.from(
      { length: 10_000 },
      (_, tenant) => new CircuitBreaker({ name: `tenant-${tenant}`, clock, failureThreshold: 1, timeout: 1_000 }),
    );
    await Promise.all(breakers.filter((_, tenant) => tenant % 2).map((breaker) => failTimes(breaker, 1)));
    expect(breakers.filter(({ state }) => state === 'open')).toHaveLength(5_000);
    for (const breaker of breakers) breaker.setMode('metrics_only', { ttl: 60_000 });
    expect(clock.pending).toBe(0);
    expect(clock.held).toBe(false);
  });

  it('10: is known as a broken circuit to cockatiel, too', async () => {
    const { breaker } = breakerOf();
    await failTimes(breaker, 5);
    const error: unknown = await breaker.execute(succeed).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CircuitBreakerOpenError);
    expect(cockatiel.isBrokenCircuitError(error)).toBe(true);
    expect(cockatiel.isBrokenCircuitError(boom)).toBe(false);
    expect(Object.keys(error as object)).not.toContain('isBrokenCircuitError');
  });
});

describe("What went wrong in Uno's breaker", () => {
  it('B-CB-1: twenty callers at once make one trial call, not twenty', async () => {
    const { breaker, clock } = breakerOf();
    await openAndDue(breaker, clock);
    let calls = 0;
    const trial = async (): Promise<void> => {
      calls++;
      await clock.advance(10);
    };
    await Promise.allSettled(Array.from({ length: 20 }, () => breaker.execute(trial)));
    expect(calls).toBe(1);
  });

  it('B-CB-2: failures with successes between them are not consecutive', async () => {
    const { breaker } = breakerOf({ failureThreshold: 3 });
    for (let round = 0; round < 3; round++) {
      await failTimes(breaker, 1);
      for (let success = 0; success < 10; success++) await breaker.execute(succeed);
    }
    expect(breaker.state).toBe('closed');
  });

  it('B-CB-3: results from before the trip decide nothing', async () => {
    const { breaker, clock } = breakerOf({ failureThreshold: 1 });
    const stale = hanging(breaker);
    await failTimes(breaker, 1);
    await clock.advance(30_000);
    hanging(breaker);
    stale.succeed();
    await stale.promise;
    expect(breaker.state).toBe('half_open');
  });

  it('B-CB-4: failures that land while it is open do not prolong the recovery', async () => {
    const { breaker, clock } = breakerOf({ failureThreshold: 1 });
    const slow = Array.from({ length: 5 }, () => hanging(breaker));
    await failTimes(breaker, 1);
    for (const call of slow) {
      await clock.advance(1_000);
      call.fail();
      await expect(call.promise).rejects.toBe(boom);
    }
    expect(breaker.retryAfter).toBe(25_000);
  });

  it('B-CB-5: reset zeroes also what is closed', async () => {
    const { breaker } = breakerOf();
    await failTimes(breaker, 4);
    breaker.reset();
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', failureCount: 0 });
    await failTimes(breaker, 4);
    expect(breaker.state).toBe('closed');
    await failTimes(breaker, 1);
    breaker.reset();
    expect(breaker.state).toBe('closed');
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
  });

  it('B-CB-6: tells its figures, the state among them', async () => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 5);
    await breaker.execute(succeed).catch(() => undefined);
    expect(breaker.getMetrics()).toEqual({
      type: 'breaker',
      name: 'payments',
      state: 'open',
      mode: 'auto',
      modeReason: null,
      failureCount: 5,
      failureThreshold: 5,
      totalSuccesses: 0,
      totalFailures: 5,
      rejected: 1,
      ignored: 0,
      slow: 0,
      fallbacks: 0,
      lastFailureAt: clock.wallNow(),
      lastStateChangeAt: clock.wallNow(),
      retryAfter: 30_000,
      bufferedCalls: 5,
      failureRate: null,
      slowRate: null,
      trials: 0,
      openings: 1,
    });
  });

  it('B-CB-7: without traffic, state and health tell that recovery is due', async () => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 5);
    expect(breaker.check()).toMatchObject({ status: 'UNHEALTHY' });
    await clock.advance(30_000);
    expect(breaker.retryAfter).toBe(0);
    expect(breaker.check()).toMatchObject({ status: 'DEGRADED', reason: 'open, the next call is a trial' });
    const { breaker: automatic, clock: itsClock } = breakerOf({ halfOpen: { automatic: true } });
    await failTimes(automatic, 5);
    await itsClock.advance(30_000);
    expect(automatic.state).toBe('half_open');
  });

  it('B-CB-8: a correction of the wall clock changes nothing', async () => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 5);
    clock.freeze(86_400_000, { wallOnly: true });
    expect(breaker.retryAfter).toBe(30_000);
    clock.freeze(-2 * 86_400_000, { wallOnly: true });
    await clock.advance(30_000);
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
  });

  it('B-CB-9: opening at the instant 0 is opening', async () => {
    const { breaker, clock } = breakerOf({ recoveryTimeout: 10 });
    expect(clock.now()).toBe(0);
    await failTimes(breaker, 5);
    await clock.advance(10);
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
  });

  it('B-CB-10: the error says who and when, and a fallback can answer', async () => {
    const { breaker } = breakerOf();
    await failTimes(breaker, 5);
    await expect(breaker.execute(succeed)).rejects.toMatchObject({ resource: 'payments', retryAfter: 30_000 });
    await expect(breaker.execute(succeed, { fallback: () => 'cached' })).resolves.toBe('cached');
  });

  it('B-CB-11: an ignored error on trial leaves room for the next trial', async () => {
    const { breaker, clock } = breakerOf({ outcome: { isIgnored: (error) => error instanceof RangeError } });
    await openAndDue(breaker, clock);
    const notFound = new RangeError('no such order');
    await expect(breaker.execute(() => Promise.reject(notFound))).rejects.toBe(notFound);
    expect(breaker.state).toBe('half_open');
    await breaker.execute(succeed);
    expect(breaker.state).toBe('closed');
  });

  it('B-CB-12: refuses options that cannot work, all in one error', () => {
    expect(() => breakerOf({ failureThreshold: 0, recoveryTimeout: -1, halfOpenMaxCalls: 1.5 })).toThrow(
      /failureThreshold[^]*recoveryTimeout[^]*halfOpenMaxCalls/,
    );
  });

  it('B-CB-13: every change of state can be observed, and the last ones are remembered', async () => {
    const { breaker, clock } = breakerOf({ historySize: 2 });
    const seen: unknown[] = [];
    breaker.observe((event) => {
      if (event.type === 'breaker.state.changed') seen.push([event.from, event.to]);
    });
    await openAndDue(breaker, clock);
    await breaker.execute(succeed);
    expect(seen).toEqual([
      ['closed', 'open'],
      ['open', 'half_open'],
      ['half_open', 'closed'],
    ]);
    expect(breaker.history()).toEqual([
      { at: clock.wallNow(), what: 'state', from: 'open', to: 'half_open', reason: 'recovery due' },
      { at: clock.wallNow(), what: 'state', from: 'half_open', to: 'closed', reason: 'recovered' },
    ]);
  });
});
