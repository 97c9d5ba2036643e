import { setImmediate } from 'node:timers';

import { attempt } from '../call/attempt.js';
import { BulkheadPolicy } from '../call/bulkhead-policy.js';
import { withFallback, type Fallback } from '../call/fallback-policy.js';
import { LazyContext } from '../call/lazy-context.js';
import type { Policy, PolicyContext } from '../call/policy.js';
import { RetryPolicy } from '../call/retry-policy.js';
import { withoutStack } from '../errors/without-stack.js';
import { checkOptions } from '../options/check-options.js';
import { refuseNonObject } from '../options/refuse-non-object.js';
import type { Health } from '../resource/health.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { Resource } from '../resource/resource.js';
import { Generation } from './breaker-engine.js';
import type { BreakerChange, BreakerListener } from './breaker-event.js';
import { breakerHealth } from './breaker-health.js';
import { BreakerJournal } from './breaker-journal.js';
import { breakerMetrics, type BreakerMetrics } from './breaker-metrics.js';
import { BreakerMode, setModeOptionTable, type SetModeOptions } from './breaker-mode.js';
import type { CheckedBreakerOptions, CircuitBreakerOptions } from './breaker-options.js';
import { namedBreakerOptionTable } from './breaker-options.table.js';
import { takeSnapshot, type BreakerSnapshot } from './breaker-snapshot.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';
import type { CircuitMode, CircuitState } from './circuit-state.js';
import { CallJudge } from './call-judge.js';
import { Circuit } from './circuit.js';

export interface ExecuteOptions<R> {
  /** The caller gives up when aborted: the promise rejects with the signal's reason, and the circuit takes no notice. */
  readonly signal?: AbortSignal | undefined;
  /** Answers if the call fails or is refused. */
  readonly fallback?: Fallback<R> | undefined;
}

type Work<R> = (context: PolicyContext) => R | Promise<R>;

const NO_OPTIONS: ExecuteOptions<never> = {};

/**
 * Stops calling a service that fails, and finds out by a few trial calls when it is back.
 *
 * Outer to inner: fallback > retry > breaker > timeout > bulkhead > work. The engine's `state` and the operator's `mode` are
 * two things: `forced_open` and `disabled` stand before the engine and leave it as it is; `metrics_only` makes it watch.
 *
 * Invariants: a call is admitted or refused in the synchronous step in which it is made, and judged in the one in which its
 * outcome is known. What the work throws reaches the caller as it is. Listeners and predicates change no outcome. A breaker
 * at rest has no timer.
 *
 * @example
 * const payments = new CircuitBreaker({ name: 'payments', failureThreshold: 5, recoveryTimeout: 30_000, timeout: 2_000 });
 * const receipt = await payments.execute(({ signal }) => gateway.pay(order, { signal }), { fallback: () => payLater(order) });
 */
export class CircuitBreaker implements Resource, Policy {
  readonly kind = 'breaker';
  readonly name: string;
  private readonly options: CheckedBreakerOptions;
  private readonly circuit: Circuit;
  private readonly modes: BreakerMode;
  private readonly judge: CallJudge;
  private readonly journal: BreakerJournal;
  private readonly retry: RetryPolicy | undefined;
  private readonly bulkhead: BulkheadPolicy | undefined;
  /** Whether somebody may give up before the work has ended. */
  private readonly bounded: boolean;
  /** Carries the calls of a disabled breaker, which count nowhere. */
  private readonly uncounted = new Generation(true);

  /** @throws {OptionsError} naming every option that cannot work */
  constructor(options: CircuitBreakerOptions & { readonly name: string }) {
    refuseNonObject('Circuit breaker', options);
    const { name } = options;
    const what = `Circuit breaker '${String(name)}'`;
    this.name = name;
    this.options = checkOptions(namedBreakerOptionTable, options, { subject: what, resource: name });
    const { clock, random, historySize, retry, bulkhead, restore } = this.options;
    this.journal = new BreakerJournal(clock, historySize);
    this.circuit = new Circuit(this.options, this.journal);
    this.modes = new BreakerMode(clock, (from, to, reason) => this.modeChanged(from, to, reason));
    this.judge = new CallJudge(this.options, this.circuit, this.journal);
    this.retry = retry && new RetryPolicy(retry, { clock, random });
    const ofBulkhead = { what: `The bulkhead of circuit breaker '${name}'`, resource: name, clock };
    this.bulkhead = bulkhead && new BulkheadPolicy(bulkhead, ofBulkhead);
    this.bounded = bulkhead !== undefined || this.options.timeout !== undefined;
    if (restore) this.restore(restore);
  }

  /** What the engine knows. An open circuit whose recovery is due stays open until a call is its trial, unless `halfOpen.automatic`. */
  get state(): CircuitState {
    return this.circuit.state;
  }

  /** What the operator wants. */
  get mode(): CircuitMode {
    return this.modes.current;
  }

  /** Milliseconds until a call may be tried again; 0 is now, `Infinity` when only an operator can tell. */
  get retryAfter(): number {
    const { mode } = this;
    if (mode === 'auto') return this.circuit.retryAfter;
    if (mode !== 'forced_open') return 0;
    switch (this.modes.next.mode) {
      case 'forced_open':
        return Infinity;
      case 'auto':
        return Math.max(this.modes.remaining, this.circuit.retryAfter);
      default:
        return this.modes.remaining;
    }
  }

  /**
   * Makes the call, if the circuit lets it through.
   *
   * @throws {CircuitBreakerOpenError} without calling `work`, if it does not
   * @throws {CallTimeoutError} if the call took longer than `timeout`
   * @throws {BulkheadFullError} if the bulkhead gave no turn
   */
  execute<R>(work: Work<R>, options: ExecuteOptions<R> = NO_OPTIONS): Promise<R> {
    const { signal, fallback } = options;
    const call = this.retry ? this.retry.repeat(() => this.call(work, signal), signal) : this.call(work, signal);
    return fallback ? withFallback(call, fallback, signal, () => void this.journal.fallbacks++) : call;
  }

  /**
   * As `execute`, for work that is done when it returns. Retry, timeout and bulkhead need time and do not apply; cockatiel,
   * which knows only promises, takes no part.
   */
  executeSync<R>(work: () => R): R {
    const generation = this.admit();
    if (!generation) throw this.refusal();
    const { judge } = this;
    const began = judge.begin();
    let result: R;
    let asynchronous: boolean;
    try {
      result = work();
      asynchronous = isPromiseLike(result);
    } catch (error) {
      judge.failed(generation, error, began);
      throw error;
    }
    if (asynchronous) return this.refusePromise(generation, result, began);
    judge.returned(generation, result, began);
    return result;
  }

  /** Takes the breaker out of the engine's hands, for a time or until told otherwise. @throws {OptionsError} */
  setMode(mode: CircuitMode, options: SetModeOptions = {}): void {
    const { name } = this;
    checkOptions(
      setModeOptionTable,
      { ...options, mode },
      { subject: `The mode of circuit breaker '${name}'`, resource: name },
    );
    this.modes.set(mode, options);
  }

  /** Closed, with nothing counted, whatever it was. Mode and lifetime counters stay. */
  reset(): void {
    this.circuit.reset();
    this.journal.reset();
  }

  check(): Health {
    return breakerHealth(this.getMetrics(), this.circuit.lastFailure);
  }

  /** Tells what happens from now on; what every single call does only with `calls`. Returns how to stop. */
  observe(listener: BreakerListener, { calls = false }: { readonly calls?: boolean } = {}): () => void {
    return this.journal.observe(listener, calls);
  }

  /** The last changes of state and mode, oldest first. */
  history(): readonly BreakerChange[] {
    return this.journal.changes;
  }

  getMetrics(): BreakerMetrics {
    const { name, options, circuit, modes, journal, retryAfter } = this;
    return breakerMetrics({ name, options, circuit, modes, journal, retryAfter });
  }

  /** What another process needs to continue: give it as `restore`. */
  toJSON(): BreakerSnapshot {
    return takeSnapshot(this.circuit, this.modes);
  }

  /** Stops its timers. Calls still go through it, so that what is under way can end. */
  close(): void {
    this.circuit.retire();
  }

  private restore(snapshot: BreakerSnapshot): void {
    const { mode, modeReason, modeRemaining, nextMode, nextModeReason } = snapshot;
    this.circuit.restore(snapshot);
    if (modeRemaining !== null) this.modes.set(nextMode, reasonOf(nextModeReason));
    if (mode !== this.mode) this.modes.set(mode, { ...reasonOf(modeReason), ttl: modeRemaining ?? Infinity });
  }

  private call<R>(work: Work<R>, signal: AbortSignal | undefined): Promise<R> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const generation = this.admit();
    if (!generation) return this.refuse();
    if (signal || this.bounded) return generation.carry(() => this.runBounded(work, generation, signal));
    if (this.judge.measured) return generation.carry(() => this.runMeasured(work, generation));
    return generation.judge(() => work(new LazyContext()), this.judge);
  }

  private admit(): Generation | undefined {
    switch (this.modes.current) {
      case 'disabled':
        return this.uncounted;
      case 'forced_open':
        return undefined;
      default:
        return this.circuit.admit();
    }
  }

  /** With `outcome.slowAfter`: it matters how long it took. */
  private async runMeasured<R>(work: Work<R>, generation: Generation): Promise<R> {
    const { judge } = this;
    const began = judge.begin();
    let result: R;
    try {
      result = await work(new LazyContext());
    } catch (error) {
      judge.failed(generation, error, began);
      throw error;
    }
    judge.returned(generation, result, began);
    return result;
  }

  /** With a timeout, a signal or a bulkhead. */
  private async runBounded<R>(work: Work<R>, generation: Generation, signal: AbortSignal | undefined): Promise<R> {
    const { bulkhead, judge, name } = this;
    const { clock, timeout = Infinity } = this.options;
    const began = judge.begin();
    const outcome = await attempt(bulkhead ? (context) => bulkhead.execute(work, context) : work, {
      clock,
      timeout,
      signal,
      what: `A call through circuit breaker '${name}'`,
      resource: name,
      hold: true,
    });
    if (outcome.ok) {
      judge.returned(generation, outcome.value, began);
      return outcome.value;
    }
    if (outcome.because === 'aborted') judge.withdrawn(generation, outcome.error, began);
    else judge.failed(generation, outcome.error, began);
    throw outcome.error;
  }

  private refusePromise(generation: Generation, promise: unknown, began: number): never {
    Promise.resolve(promise).catch(() => undefined);
    const error = new TypeError(
      `executeSync of circuit breaker '${this.name}' was given asynchronous work: use execute.`,
    );
    this.judge.withdrawn(generation, error, began);
    throw error;
  }

  /**
   * Refuses at once; now and then after a turn of the event loop, or else a loop that only awaits refusals would keep the
   * process from everything but promises: no timer, no request, no health check.
   */
  private refuse(): Promise<never> {
    const error = this.refusal();
    if (this.journal.rejections % REFUSALS_AT_ONCE > 0) return Promise.reject(error);
    return new Promise((_, reject) => setImmediate(reject, error));
  }

  private refusal(): CircuitBreakerOpenError {
    const { name, circuit, retryAfter } = this;
    const forced = this.mode === 'forced_open';
    const state = forced ? 'open' : circuit.state;
    this.journal.rejected(state, this.mode, retryAfter);
    const because = forced ? heldOpen(this.modes.reason) : state === 'half_open' ? TRIALS : circuit.because;
    const make = (): CircuitBreakerOpenError =>
      new CircuitBreakerOpenError({ name, state, retryAfter, because, lastFailure: circuit.lastFailure });
    return this.options.stackTraces ? make() : withoutStack(make);
  }

  private modeChanged(from: CircuitMode, to: CircuitMode, reason: string | undefined): void {
    if (from === 'metrics_only' || to === 'metrics_only') this.circuit.watchOnly(to === 'metrics_only');
    this.journal.modeChanged(from, to, reason);
  }
}

/** Some milliseconds' worth. */
const REFUSALS_AT_ONCE = 1_000;

function reasonOf(reason: string | null): SetModeOptions {
  return reason === null ? {} : { reason };
}

const TRIALS = 'its trial calls are under way';

function heldOpen(reason: string | undefined): string {
  return `an operator holds it open${reason ? ` (${reason})` : ''}`;
}
