import { withFallback, type Fallback } from '../call/fallback-policy.js';
import type { Policy } from '../call/policy.js';
import { RetryPolicy } from '../call/retry-policy.js';
import { checkOptions } from '../options/check-options.js';
import { refuseNonObject } from '../options/refuse-non-object.js';
import type { Health } from '../resource/health.js';
import type { Resource } from '../resource/resource.js';
import { AdmittedCalls, type Work } from './admitted-calls.js';
import { Generation } from './breaker-engine.js';
import type { BreakerChange, BreakerListener } from './breaker-event.js';
import { breakerHealth } from './breaker-health.js';
import { BreakerJournal } from './breaker-journal.js';
import { breakerMetrics, type BreakerMetrics } from './breaker-metrics.js';
import { BreakerMode, setModeOptionTable, type SetModeOptions } from './breaker-mode.js';
import type { CheckedBreakerOptions, CircuitBreakerOptions } from './breaker-options.js';
import { namedBreakerOptionTable } from './breaker-options.table.js';
import { takeSnapshot, type BreakerSnapshot } from './breaker-snapshot.js';
import type { CircuitMode, CircuitState } from './circuit-state.js';
import { CallJudge } from './call-judge.js';
import { Circuit } from './circuit.js';
import { Refusals } from './refusals.js';

export interface ExecuteOptions<R> {
  /** The caller gives up when aborted: the promise rejects with the signal's reason, and the circuit takes no notice. */
  readonly signal?: AbortSignal | undefined;
  /** Answers if the call fails or is refused. */
  readonly fallback?: Fallback<R> | undefined;
}

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
  private readonly calls: AdmittedCalls;
  private readonly refusals: Refusals;
  private readonly journal: BreakerJournal;
  private readonly retry: RetryPolicy | undefined;
  /** Carries the calls of a disabled breaker, which count nowhere. */
  private readonly uncounted = new Generation(true);

  /** @throws {OptionsError} naming every option that cannot work */
  constructor(options: CircuitBreakerOptions & { readonly name: string }) {
    refuseNonObject('Circuit breaker', options);
    const { name } = options;
    const what = `Circuit breaker '${String(name)}'`;
    this.name = name;
    this.options = checkOptions(namedBreakerOptionTable, options, { subject: what, resource: name });
    const { clock, random, historySize, retry, stackTraces, restore } = this.options;
    this.journal = new BreakerJournal(clock, historySize);
    this.circuit = new Circuit(this.options, this.journal);
    this.modes = new BreakerMode(clock, (from, to, reason) => this.modeChanged(from, to, reason));
    this.calls = new AdmittedCalls(name, this.options, new CallJudge(this.options, this.circuit, this.journal));
    this.refusals = new Refusals(name, this.circuit, this.modes, this.journal, stackTraces);
    this.retry = retry && new RetryPolicy(retry, { clock, random });
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
    return this.refusals.retryAfter;
  }

  /**
   * Makes the call, if the circuit lets it through.
   *
   * @throws {CircuitBreakerOpenError} without calling `work`, if it does not
   * @throws {CallTimeoutError} if the call took longer than `timeout`
   * @throws {BulkheadFullError} if the bulkhead gave no turn
   */
  execute<R>(work: Work<R>, options: ExecuteOptions<R> = NO_OPTIONS): Promise<R> {
    if ((options as unknown) === null) refuseNonObject(`A call through circuit breaker '${this.name}'`, options);
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
    if (!generation) throw this.refusals.error();
    return this.calls.runSync(work, generation);
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
    return generation ? this.calls.run(work, generation, signal) : this.refusals.reject();
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

  private modeChanged(from: CircuitMode, to: CircuitMode, reason: string | undefined): void {
    if (from === 'metrics_only' || to === 'metrics_only') this.circuit.watchOnly(to === 'metrics_only');
    this.journal.modeChanged(from, to, reason);
  }
}

function reasonOf(reason: string | null): SetModeOptions {
  return reason === null ? {} : { reason };
}
