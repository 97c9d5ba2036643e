import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ManualClock } from '../clock/manual-clock.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { CircuitMode, CircuitState } from './circuit-state.js';

const seed = Number(process.env['FAST_CHECK_SEED'] ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env['FAST_CHECK_RUNS'] ?? 2_000);

class Ignored extends Error {}

const thrown = new Error('sync');

interface Settings {
  readonly failureThreshold: number;
  readonly halfOpenMaxCalls: number;
  readonly initial: number;
  readonly factor: number;
  readonly maxWait: number;
  readonly automatic: boolean;
}

/** A call of the model. `era` is the period of the circuit it belongs to; 0 belongs to none. */
interface ModelCall {
  readonly era: number;
  readonly since: number;
  over: boolean;
}

/**
 * The state machine once more, as slow and plain as can be: all is recomputed from numbers, nothing is shared with the code
 * under test, and time is asked at every step.
 */
class Model {
  now = 0;
  state: CircuitState = 'closed';
  era = 1;
  inARow = 0;
  openedAt = 0;
  openFor = 0;
  openings = 0;
  /** Trials under way. */
  running: ModelCall[] = [];
  judged = 0;
  successes = 0;
  failures = 0;
  ignored = 0;
  rejected = 0;
  watching = false;
  modes: { mode: CircuitMode; until: number }[] = [{ mode: 'auto', until: Infinity }];

  constructor(private readonly settings: Settings) {}

  get mode(): CircuitMode {
    return this.modes[this.modes.length - 1]?.mode ?? 'auto';
  }

  /** What time alone does. */
  pass(): void {
    while (this.modes.length > 1 && (this.modes[this.modes.length - 1]?.until ?? 0) <= this.now) {
      const from = this.mode;
      this.modes.pop();
      this.afterMode(from);
    }
    const oldest = Math.min(...this.running.map(({ since }) => since));
    if (this.state === 'half_open' && this.now - oldest >= this.settings.maxWait)
      this.open(oldest + this.settings.maxWait);
    if (this.settings.automatic && this.state === 'open' && this.now >= this.openedAt + this.openFor) this.halfOpen();
  }

  call(): ModelCall | undefined {
    this.pass();
    if (this.mode === 'disabled') return { era: 0, since: this.now, over: false };
    const admitted = this.mode !== 'forced_open' && this.admits();
    if (!admitted) this.rejected++;
    if (!admitted) return undefined;
    const call = { era: this.era, since: this.now, over: false };
    if (this.state === 'half_open') this.running.push(call);
    return call;
  }

  end(call: ModelCall, how: 'success' | 'failure' | 'ignored'): void {
    call.over = true;
    if (call.era === 0) return;
    if (how === 'success') this.successes++;
    else if (how === 'failure') this.failures++;
    else this.ignored++;
    this.pass();
    if (call.era !== this.era) return;
    if (this.state === 'half_open') this.trialEnded(call, how);
    else if (how === 'success') this.inARow = 0;
    else if (how === 'failure' && ++this.inARow >= this.settings.failureThreshold && !this.watching)
      this.open(this.now);
  }

  setMode(mode: CircuitMode, ttl: number): void {
    this.pass();
    const from = this.mode;
    const next = { mode, until: this.now + ttl };
    this.modes = ttl === Infinity ? [next] : [this.modes[0] ?? next, next];
    this.afterMode(from);
  }

  reset(): void {
    this.close();
  }

  retryAfter(): number {
    this.pass();
    // No mode lets more through than those under it, once it is over.
    let wait = 0;
    for (const { mode, until } of [...this.modes].reverse()) {
      if (mode === 'auto') return Math.max(wait, this.circuitRetryAfter());
      if (mode !== 'forced_open') return wait;
      wait = until - this.now;
    }
    return wait;
  }

  private circuitRetryAfter(): number {
    if (this.state === 'open') return Math.max(0, this.openedAt + this.openFor - this.now);
    const full = this.state === 'half_open' && this.running.length + this.judged >= this.settings.halfOpenMaxCalls;
    return full ? Math.min(1_000, ...this.running.map(({ since }) => since + this.settings.maxWait - this.now)) : 0;
  }

  private admits(): boolean {
    if (this.state === 'closed') return true;
    if (this.state === 'open') {
      if (this.now < this.openedAt + this.openFor) return false;
      this.halfOpen();
    }
    return this.running.length + this.judged < this.settings.halfOpenMaxCalls;
  }

  private trialEnded(call: ModelCall, how: 'success' | 'failure' | 'ignored'): void {
    this.running = this.running.filter((trial) => trial !== call);
    if (how === 'failure') this.open(this.now);
    else if (how === 'success' && ++this.judged >= this.settings.halfOpenMaxCalls) this.close();
  }

  private afterMode(from: CircuitMode): void {
    if (from === this.mode) return;
    if (from === 'metrics_only' || this.mode === 'metrics_only') {
      this.watching = this.mode === 'metrics_only';
      this.close();
    }
  }

  private open(at: number): void {
    const { initial, factor } = this.settings;
    this.openFor = Math.min(5_000, initial * factor ** this.openings);
    this.openings++;
    this.openedAt = at;
    this.state = 'open';
    this.era++;
  }

  private halfOpen(): void {
    this.state = 'half_open';
    this.running = [];
    this.judged = 0;
    this.era++;
  }

  private close(): void {
    this.state = 'closed';
    this.inARow = this.openings = 0;
    this.era++;
  }
}

const settings: fc.Arbitrary<Settings> = fc.record({
  failureThreshold: fc.integer({ min: 1, max: 4 }),
  halfOpenMaxCalls: fc.integer({ min: 1, max: 3 }),
  initial: fc.constantFrom(100, 1_000),
  factor: fc.constantFrom(1, 2),
  maxWait: fc.constantFrom(50, 300, 2_000),
  automatic: fc.boolean(),
});

type Step =
  | { readonly do: 'call'; readonly abortable: boolean }
  | { readonly do: 'end'; readonly which: number; readonly how: 'success' | 'failure' | 'ignored' | 'abort' }
  | { readonly do: 'sync'; readonly how: 'success' | 'failure' }
  /** As many failures at once as open it. */
  | { readonly do: 'storm' }
  | { readonly do: 'wait'; readonly duration: number }
  /** Exactly until a call may be tried again. */
  | { readonly do: 'wait until due' }
  | { readonly do: 'step wall clock'; readonly duration: number }
  | { readonly do: 'mode'; readonly mode: CircuitMode; readonly ttl: number }
  | { readonly do: 'reset' };

const always = <S extends Step>(one: S): fc.Arbitrary<S> => fc.constant(one);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.boolean().map((abortable): Step => ({ do: 'call', abortable })) },
  {
    weight: 20,
    arbitrary: fc
      .tuple(fc.nat(50), fc.constantFrom('failure' as const, 'success' as const, 'ignored' as const, 'abort' as const))
      .map(([which, how]): Step => ({ do: 'end', which, how })),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom('failure' as const, 'success' as const).map((how): Step => ({ do: 'sync', how })),
  },
  { weight: 6, arbitrary: always({ do: 'storm' }) },
  { weight: 6, arbitrary: fc.constantFrom(1, 49, 100, 999, 5_000).map((duration): Step => ({ do: 'wait', duration })) },
  { weight: 20, arbitrary: always({ do: 'wait until due' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(-1e9, 1e9).map((duration): Step => ({ do: 'step wall clock', duration })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...(['auto', 'auto', 'forced_open', 'metrics_only', 'disabled'] as const)),
        fc.constantFrom(Infinity, 100, 3_000),
      )
      .map(([mode, ttl]): Step => ({ do: 'mode', mode, ttl })),
  },
  { weight: 1, arbitrary: always({ do: 'reset' }) },
);

interface Pending {
  readonly model: ModelCall;
  readonly controller: AbortController | undefined;
  readonly promise: Promise<unknown>;
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

/** Drives the breaker and the model alike and compares what can be seen of them. */
class Both {
  private readonly clock = new ManualClock();
  private readonly breaker: CircuitBreaker;
  private readonly model: Model;
  private readonly pending: Pending[] = [];

  constructor(private readonly settings: Settings) {
    const { failureThreshold, halfOpenMaxCalls, initial, factor, maxWait, automatic } = settings;
    this.model = new Model(settings);
    this.breaker = new CircuitBreaker({
      name: 'modelled',
      clock: this.clock,
      failureThreshold,
      halfOpenMaxCalls,
      recoveryTimeout: { initial, factor, max: 5_000, jitter: 0 },
      halfOpen: { maxWait, automatic },
      outcome: { isIgnored: (error) => error instanceof Ignored },
    });
  }

  async take(step: Step, look: boolean): Promise<void> {
    switch (step.do) {
      case 'call':
        await this.call(step.abortable);
        break;
      case 'end':
        await this.end(step.which, step.how);
        break;
      case 'sync':
        this.callSync(step.how);
        break;
      case 'storm':
        for (let left = this.settings.failureThreshold; left > 0; left--) this.callSync('failure');
        break;
      case 'wait':
        this.wait(step.duration);
        break;
      case 'wait until due': {
        const left = this.model.retryAfter();
        if (left !== Infinity) this.wait(left);
        break;
      }
      case 'step wall clock':
        this.clock.freeze(step.duration, { wallOnly: true });
        break;
      case 'mode':
        this.model.setMode(step.mode, step.ttl);
        this.breaker.setMode(step.mode, { ttl: step.ttl });
        break;
      case 'reset':
        this.model.reset();
        this.breaker.reset();
        break;
    }
    // Looking may itself move the circuit on, which is why it must not always be looked at.
    if (look) this.compare();
  }

  /** Whatever happened, everything settles, and the circuit can be closed by calls that succeed. */
  async finish(): Promise<void> {
    while (this.pending.length > 0) await this.end(0, 'success');
    this.model.setMode('auto', Infinity);
    this.breaker.setMode('auto');
    for (let round = 0; round < 4; round++) {
      this.wait(5_000);
      await this.call(false);
      while (this.pending.length > 0) await this.end(0, 'success');
    }
    this.compare();
    expect(this.breaker.state).toBe('closed');
    expect(this.clock.held).toBe(false);
    this.breaker.close();
    expect(this.clock.pending).toBe(0);
  }

  private wait(duration: number): void {
    this.model.now += duration;
    this.clock.advanceSync(duration);
  }

  private async call(abortable: boolean): Promise<void> {
    const model = this.model.call();
    const controller = abortable ? new AbortController() : undefined;
    let called: Pick<Pending, 'succeed' | 'fail'> | undefined;
    const promise = this.breaker.execute(
      () => new Promise<void>((succeed, fail) => (called = { succeed, fail })),
      controller ? { signal: controller.signal } : {},
    );
    promise.catch(() => undefined);
    // Admitted or refused in the same step: nothing is awaited before the work begins.
    same('admitted', called !== undefined, model !== undefined);
    if (model && called)
      this.pending.push({ ...(called as Pick<Pending, 'succeed' | 'fail'>), model, controller, promise });
    else same('refusal', (await rejection(promise)) instanceof CircuitBreakerOpenError, true);
  }

  private callSync(how: 'success' | 'failure'): void {
    const model = this.model.call();
    const work = (): string => {
      if (how === 'failure') throw thrown;
      return 'done';
    };
    let outcome: unknown;
    try {
      outcome = this.breaker.executeSync(work);
    } catch (error) {
      outcome = error;
    }
    if (!model) same('refusal', outcome instanceof CircuitBreakerOpenError, true);
    else same('outcome', outcome, how === 'failure' ? thrown : 'done');
    if (model) this.model.end(model, how);
  }

  private async end(which: number, how: 'success' | 'failure' | 'ignored' | 'abort'): Promise<void> {
    const [call] = this.pending.splice(which % (this.pending.length || 1), 1);
    if (!call) return;
    if (how === 'abort' && call.controller) return this.abort(call, call.controller);
    const error = how === 'ignored' ? new Ignored('no matter') : new Error('failed');
    if (how === 'success') call.succeed();
    else call.fail(error);
    this.model.end(call.model, how === 'abort' ? 'failure' : how);
    if (how === 'success') await call.promise;
    else same('error', await rejection(call.promise), error);
  }

  private async abort(call: Pending, controller: AbortController): Promise<void> {
    const reason = new Error('nobody waits');
    controller.abort(reason);
    this.model.end(call.model, 'ignored');
    same('error', await rejection(call.promise), reason);
  }

  private compare(): void {
    this.model.pass();
    const { model } = this;
    const { state, mode, retryAfter, totalSuccesses, totalFailures, ignored, rejected, openings, failureCount } =
      this.breaker.getMetrics();
    same('state', state, model.state);
    same('mode', mode, model.mode);
    same('retryAfter', retryAfter, model.retryAfter());
    same('totalSuccesses', totalSuccesses, model.successes);
    same('totalFailures', totalFailures, model.failures);
    same('ignored', ignored, model.ignored);
    same('rejected', rejected, model.rejected);
    same('openings', openings, model.openings);
    if (state === 'closed') same('failureCount', failureCount, model.inARow);
  }
}

/** `expect` is a hundred times slower, and this is asked half a million times. */
function same(what: string, actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`${what} is ${String(actual)}, the model says ${String(expected)}`);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('A promise was fulfilled that the model rejects.');
}

describe(`A circuit breaker does as its model (seed ${seed})`, () => {
  it(`over random calls, times, aborts and modes, ${RUNS} times`, async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(fc.tuple(step, fc.boolean()), { maxLength: 60, size: 'max' }),
        async (chosen, steps) => {
          const both = new Both(chosen);
          for (const [one, look] of steps) await both.take(one, look);
          await both.finish();
        },
      ),
      { seed, numRuns: RUNS },
    );
  }, 120_000);
});
