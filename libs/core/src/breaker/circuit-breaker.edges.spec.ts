import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { OptionsError } from '../options/options.error.js';
import type { BreakerEvent } from './breaker-event.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import type { SetModeOptions } from './breaker-mode.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { CircuitMode } from './circuit-state.js';

const boom = new Error('boom');
const fail = (): Promise<never> => Promise.reject(boom);
const succeed = (): Promise<string> => Promise.resolve('fine');

interface Stage {
  readonly breaker: CircuitBreaker;
  readonly clock: ManualClock;
  readonly events: BreakerEvent[];
}

function stage(options: CircuitBreakerOptions = {}): Stage {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({
    name: 'payments',
    clock,
    failureThreshold: 2,
    recoveryTimeout: 1_000,
    ...options,
  });
  const events: BreakerEvent[] = [];
  breaker.observe((event) => void events.push(event));
  return { breaker, clock, events };
}

async function failTimes(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let left = times; left > 0; left--) await breaker.execute(fail).catch(() => undefined);
}

async function openAndDue({ breaker, clock }: Stage): Promise<void> {
  await failTimes(breaker, 2);
  await clock.advance(1_000);
}

/** A call under way, to be ended by hand. */
function hanging(breaker: CircuitBreaker): { end: (value: string) => void; call: Promise<string> } {
  let end: (value: string) => void = () => undefined;
  const call = breaker.execute(() => new Promise<string>((resolve) => (end = resolve)));
  call.catch(() => undefined);
  return { end: (value) => end(value), call };
}

function warnings(): jest.SpiedFunction<typeof process.emitWarning> {
  return jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
}

/** What nobody should throw, and somebody does. */
const unreadable = Object.defineProperty({}, 'message', {
  get: () => {
    throw new Error('do not look at me');
  },
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe('A loop that awaits nothing but refusals', () => {
  it('leaves the process its timers: one refusal in a thousand takes a turn of the event loop', async () => {
    const { breaker } = stage();
    await failTimes(breaker, 2);
    let turns = 0;
    const turn = (): void => void (turns++, (immediate = setImmediate(turn)));
    let immediate = setImmediate(turn);
    for (let left = 10_000; left > 0; left--) await breaker.execute(succeed).catch(() => undefined);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(9);
    expect(turns).toBeLessThan(100);
  });

  it('whichever way it answers: the error is the same, and a fallback is still a fallback', async () => {
    const { breaker } = stage();
    await failTimes(breaker, 2);
    for (let call = 1; call <= 1_001; call++)
      await expect(breaker.execute(succeed)).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    for (let call = 1; call <= 1_001; call++)
      await expect(breaker.execute<string>(succeed, { fallback: () => 'later' })).resolves.toBe('later');
    expect(breaker.getMetrics()).toMatchObject({ rejected: 2_002, fallbacks: 1_001 });
  });
});

describe('Trials that hang', () => {
  it('are judged each by its own age: a young one is not blamed for an old one that has ended', async () => {
    const scene = stage({ halfOpenMaxCalls: 3, halfOpen: { maxWait: 500 } });
    const { breaker, clock } = scene;
    await openAndDue(scene);
    const old = hanging(breaker);
    await clock.advance(400);
    const young = hanging(breaker);
    old.end('fine');
    await clock.advance(200);
    expect(breaker.state).toBe('half_open');
    young.end('fine');
    await clock.advance(0);
    await breaker.execute(succeed);
    expect(breaker.state).toBe('closed');
  });

  it('open the circuit, however many others come and go beside them', async () => {
    const scene = stage({ halfOpenMaxCalls: 2, halfOpen: { maxWait: 500 } });
    const { breaker, clock } = scene;
    await openAndDue(scene);
    hanging(breaker);
    for (let left = 5; left > 0; left--) {
      const giveUp = new AbortController();
      const call = breaker.execute(() => new Promise(() => undefined), { signal: giveUp.signal });
      giveUp.abort();
      await expect(call).rejects.toBe(giveUp.signal.reason);
      await clock.advance(100);
    }
    expect(breaker.state).toBe('open');
  });

  it('give back every place they took, however they ended', async () => {
    const scene = stage({ halfOpenMaxCalls: 2, outcome: { isIgnored: (error) => error !== boom } });
    const { breaker } = scene;
    await openAndDue(scene);
    const endings: (() => unknown)[] = [
      () => breaker.execute(() => Promise.reject(new Error('ignored'))),
      () =>
        breaker.execute(() => {
          throw new Error('ignored, and thrown at once');
        }),
      () =>
        breaker.executeSync(() => {
          throw new Error('ignored, and not even asynchronous');
        }),
      () => breaker.executeSync(succeed),
      () => breaker.execute(succeed, { signal: AbortSignal.abort() }),
    ];
    for (const ending of [...endings, ...endings]) {
      await Promise.resolve()
        .then(ending)
        .catch(() => undefined);
      expect(breaker.getMetrics()).toMatchObject({ state: 'half_open', trials: 0, retryAfter: 0 });
    }
  });

  it('decide nothing after reset, force or a mode has ended their period, nor do they free a place of the next', async () => {
    const scene = stage({ halfOpenMaxCalls: 1 });
    const { breaker, clock } = scene;
    await openAndDue(scene);
    const before = hanging(breaker);
    breaker.reset();
    await failTimes(breaker, 2);
    await clock.advance(1_000);
    const now = hanging(breaker);
    before.end('late');
    await clock.advance(0);
    expect(breaker.getMetrics()).toMatchObject({ state: 'half_open', trials: 1 });
    now.end('fine');
    await clock.advance(0);
    expect(breaker.state).toBe('closed');
  });

  it('count also when they are synchronous', async () => {
    const scene = stage({ halfOpenMaxCalls: 2 });
    const { breaker } = scene;
    await openAndDue(scene);
    const other = hanging(breaker);
    expect(breaker.executeSync(() => 'fine')).toBe('fine');
    expect(() => breaker.executeSync(() => 'surplus')).toThrow(CircuitBreakerOpenError);
    other.end('fine');
    await other.call;
    expect(breaker.state).toBe('closed');
  });
});

describe('What is thrown', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'down'],
    ['a number', 0],
    ['a symbol', Symbol('down')],
    ['a function', () => 'down'],
    ['a frozen error', Object.freeze(new Error('down'))],
    ['an object without prototype', Object.create(null) as unknown],
    ['what throws when it is looked at', unreadable],
  ])('reaches the caller as it is, counts and opens: %s', async (_, thrown) => {
    const { breaker } = stage();
    const calls: (() => unknown)[] = [
      () => breaker.execute(() => Promise.reject(thrown as Error)),
      () =>
        breaker.executeSync(() => {
          throw thrown;
        }),
    ];
    for (const call of calls) {
      const caught = await Promise.resolve()
        .then(call)
        .then(
          () => 'nothing was thrown',
          (error: unknown) => ({ error }),
        );
      expect(Object.is((caught as { error: unknown }).error, thrown)).toBe(true);
    }
    expect(breaker.state).toBe('open');
    await expect(breaker.execute(succeed)).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    expect(breaker.check().status).toBe('UNHEALTHY');
  });
});

describe('Predicates and rules that do not do what they should', () => {
  it.each<[string, CircuitBreakerOptions]>([
    ['isFailure', { outcome: { isFailure: (() => Promise.resolve(false)) as never } }],
    ['isIgnored', { outcome: { isIgnored: (() => Promise.resolve(true)) as never } }],
    ['isIgnored, and it rejects', { outcome: { isIgnored: (() => Promise.reject(boom)) as never } }],
  ])('%s: a promise is no answer; it is told, and the error counts', async (_, options) => {
    const told = warnings();
    const { breaker } = stage(options);
    await failTimes(breaker, 2);
    expect(breaker.state).toBe('open');
    expect(told.mock.calls[0]).toEqual([expect.stringContaining('answered with a promise'), 'CallPredicateWarning']);
  });

  it('isFailedResult: a promise is no answer; the result is a success', async () => {
    warnings();
    const { breaker } = stage({ outcome: { isFailedResult: (() => Promise.resolve(true)) as never } });
    for (let left = 3; left > 0; left--) await breaker.execute(succeed);
    expect(breaker.state).toBe('closed');
  });

  it('retry.isRetryable that throws is told, and the caller gets the error of the call', async () => {
    const told = warnings();
    const isRetryable = (): boolean => {
      throw new Error('broken predicate');
    };
    const { breaker } = stage({ retry: { attempts: 2, delay: 0, isRetryable } });
    await expect(breaker.execute(fail)).rejects.toBe(boom);
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('trip.rule that throws takes the place of no outcome', async () => {
    const told = warnings();
    const broken = (): never => {
      throw new Error('broken rule');
    };
    const { breaker } = stage({ trip: { rule: () => ({ success: broken, failure: broken }) } });
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
    await expect(breaker.execute(fail)).rejects.toBe(boom);
    expect(told).toHaveBeenCalledTimes(2);
  });

  it('trip.rule that cannot be made again goes on as it is', async () => {
    const told = warnings();
    let made = 0;
    const rule = (): { success: () => void; failure: () => boolean } => {
      if (made++ > 0) throw new Error('only once');
      return { success: () => undefined, failure: () => true };
    };
    const { breaker } = stage({ trip: { rule } });
    await failTimes(breaker, 1);
    breaker.reset();
    expect(breaker.state).toBe('closed');
    await failTimes(breaker, 1);
    expect(breaker.state).toBe('open');
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('trip.rule that makes no rule is refused when the breaker is made', () => {
    expect(() => stage({ trip: { rule: (() => undefined) as never } })).toThrow('trip.rule must make an object with');
  });

  it('openFor with metrics_only is told once, and opens nothing', async () => {
    const { breaker, events } = stage({ outcome: { openFor: () => 1_000 } });
    breaker.setMode('metrics_only');
    for (let left = 3; left > 0; left--) await breaker.execute(succeed);
    expect(breaker.state).toBe('closed');
    expect(events.filter(({ type }) => type === 'breaker.rate.exceeded')).toEqual([
      { type: 'breaker.rate.exceeded', reason: 'outcome' },
    ]);
  });
});

describe('Modes that cannot be', () => {
  it.each<[unknown, SetModeOptions | undefined, string]>([
    ['forced-open', {}, "must be one of 'auto'"],
    [undefined, {}, 'mode: is required'],
    ['OPEN', {}, "must be one of 'auto'"],
    ['disabled', { ttl: Number.NaN }, 'ttl: must be milliseconds above 0'],
    ['disabled', { ttl: -1 }, 'ttl: must be milliseconds above 0'],
    ['disabled', { ttl: 0 }, 'ttl: must be milliseconds above 0'],
    ['disabled', { ttl: '5000' as never }, 'ttl: must be milliseconds above 0'],
    ['disabled', { reason: 7 as never }, 'reason: must be a text'],
    ['disabled', { until: 7 } as never, 'until: is not an option'],
  ])('are refused and change nothing: %s %j', (mode, options, problem) => {
    const { breaker } = stage();
    const setting = (): void => breaker.setMode(mode as CircuitMode, options);
    expect(setting).toThrow(OptionsError);
    expect(setting).toThrow(problem);
    expect(breaker.mode).toBe('auto');
  });

  it('a temporary mode over a lasting one survives a restart, and the lasting one after it', async () => {
    const { breaker } = stage();
    breaker.setMode('disabled', { reason: 'being moved' });
    breaker.setMode('forced_open', { reason: 'cut over', ttl: 5_000 });
    const snapshot = JSON.parse(JSON.stringify(breaker)) as never;
    const { breaker: next, clock } = stage({ restore: snapshot });
    expect(next.getMetrics()).toMatchObject({ mode: 'forced_open', modeReason: 'cut over', retryAfter: 5_000 });
    await clock.advance(5_000);
    expect(next.getMetrics()).toMatchObject({ mode: 'disabled', modeReason: 'being moved' });
  });
});

describe('Thenables', () => {
  it('that are functions are asynchronous work too', async () => {
    const { breaker } = stage();
    const later = Object.assign(() => undefined, {
      // oxlint-disable-next-line no-thenable -- that is the point
      then: (_: unknown, reject: (error: unknown) => void) => reject(boom),
    });
    expect(() => breaker.executeSync(() => later)).toThrow('was given asynchronous work');
    await expect(breaker.execute(() => later as never, { signal: new AbortController().signal })).rejects.toBe(boom);
    expect(breaker.getMetrics()).toMatchObject({ totalFailures: 1, totalSuccesses: 0 });
  });

  it('whose `then` cannot be read are failures, and leave no trial open', async () => {
    const scene = stage();
    const { breaker } = scene;
    await openAndDue(scene);
    // oxlint-disable-next-line no-thenable -- that is the point
    const torn = Object.defineProperty({}, 'then', {
      get: () => {
        throw boom;
      },
    });
    expect(() => breaker.executeSync(() => torn)).toThrow(boom);
    expect(breaker.getMetrics()).toMatchObject({ state: 'open', trials: 0 });
  });
});

describe('Clocks', () => {
  it('that are not whole are refused', () => {
    expect(() => stage({ clock: { now: () => 0 } as never })).toThrow('clock: must be a Clock');
  });

  it('that jump far ahead make due what was not, and nothing else', async () => {
    const { breaker, clock } = stage({ trip: { window: 'time', duration: 1_000, minimumCalls: 2 } });
    await failTimes(breaker, 1);
    clock.freeze(10 ** 12);
    await failTimes(breaker, 1);
    expect(breaker.state).toBe('closed');
    await failTimes(breaker, 1);
    expect(breaker.state).toBe('open');
    clock.freeze(10 ** 12);
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
    expect(breaker.state).toBe('closed');
  });

  it('whose wall goes backwards keep states and windows as they are', async () => {
    const scene = stage();
    await failTimes(scene.breaker, 2);
    scene.clock.freeze(-(10 ** 9), { wallOnly: true });
    expect(scene.breaker.retryAfter).toBe(1_000);
    await scene.clock.advance(1_000);
    expect(scene.breaker.retryAfter).toBe(0);
  });
});
