import type { Metrics } from '../resource/metrics.js';
import type { BreakerJournal } from './breaker-journal.js';
import type { BreakerMode } from './breaker-mode.js';
import type { CheckedBreakerOptions } from './breaker-options.js';
import type { CircuitMode, CircuitState } from './circuit-state.js';
import type { Circuit } from './circuit.js';

/** Figures of a breaker at one instant. Counters only grow, also over a reset. */
export interface BreakerMetrics extends Metrics {
  readonly type: 'breaker';
  readonly name: string;
  readonly state: CircuitState;
  readonly mode: CircuitMode;
  /** Why the mode is what it is, as the operator said. */
  readonly modeReason: string | null;
  /** Failures the rule counts now: in a row, or in its window. */
  readonly failureCount: number;
  /** `null` if a window or a rule of your own decides. */
  readonly failureThreshold: number | null;
  readonly totalSuccesses: number;
  readonly totalFailures: number;
  /** Calls that were refused without being made. */
  readonly rejected: number;
  /** Calls that said nothing about the service: ignored errors, callers that gave up. */
  readonly ignored: number;
  /** Calls that took longer than `outcome.slowAfter`. */
  readonly slow: number;
  /** Calls that a fallback answered. */
  readonly fallbacks: number;
  /** Wall clock; `null` if there was none. */
  readonly lastFailureAt: number | null;
  /** Wall clock; `null` if it never changed. */
  readonly lastStateChangeAt: number | null;
  /** Milliseconds until a call may be tried again; 0 is now, `Infinity` when only an operator can tell. */
  readonly retryAfter: number;
  /** Calls that the rule judges now. */
  readonly bufferedCalls: number;
  /** Percent of the window; `null` without a window or below its minimum number of calls. */
  readonly failureRate: number | null;
  /** Percent of the window; `null` without a window or below its minimum number of calls. */
  readonly slowRate: number | null;
  /** Trial calls under way. */
  readonly trials: number;
  /** How often in a row the circuit has opened without closing in between. */
  readonly openings: number;
}

interface Measured {
  readonly name: string;
  readonly options: CheckedBreakerOptions;
  readonly circuit: Circuit;
  readonly modes: BreakerMode;
  readonly journal: BreakerJournal;
  readonly retryAfter: number;
}

export function breakerMetrics({ name, options, circuit, modes, journal, retryAfter }: Measured): BreakerMetrics {
  // Asked first, because asking may find that time has moved it on.
  const { state } = circuit;
  const figures = circuit.rule.figures();
  return {
    type: 'breaker',
    name,
    state,
    mode: modes.current,
    modeReason: modes.reason ?? null,
    failureCount: figures.failureCount,
    failureThreshold: options.trip ? null : options.failureThreshold,
    totalSuccesses: journal.successes,
    totalFailures: journal.failures,
    rejected: journal.rejections,
    ignored: journal.ignored,
    slow: journal.slow,
    fallbacks: journal.fallbacks,
    lastFailureAt: journal.lastFailureAt,
    lastStateChangeAt: circuit.changedAt,
    retryAfter,
    bufferedCalls: figures.bufferedCalls,
    failureRate: figures.failureRate,
    slowRate: figures.slowRate,
    trials: circuit.gate?.trials ?? 0,
    openings: circuit.openings,
  };
}
