import { askPredicate } from '../call/ask-predicate.js';
import type { Clock } from '../clock/clock.js';
import type { CheckedBreakerOptions } from './breaker-options.js';
import { CountWindow } from './count-window.js';
import { TimeWindow } from './time-window.js';
import { WindowRule } from './window-rule.js';

/** Why a rule says that the circuit must open. */
export type TripReason = 'consecutive failures' | 'failure rate' | 'slow call rate' | 'custom rule';

/** Decides, from the calls of one closed period, whether the circuit must open. A new period begins with a new rule. */
export interface TripRule {
  /** Whether `record` needs the time. */
  readonly timed: boolean;
  /** Notes a call that has ended, and says why the circuit must open, if it must. `now` is 0 unless `timed`. */
  record(failed: boolean, slow: boolean, now: number): TripReason | undefined;
  /** Figures at this instant. */
  figures(): RuleFigures;
}

/** What a rule counts now. Rates are percent, `null` as long as there are too few calls to judge. */
export interface RuleFigures {
  readonly failureCount: number;
  readonly bufferedCalls: number;
  readonly slowCount: number;
  readonly failureRate: number | null;
  readonly slowRate: number | null;
}

/** Shape of cockatiel's `IBreaker`. 0 is its closed state. */
export interface CustomRule {
  state?: unknown;
  success(state: number): void;
  failure(state: number): boolean;
}

/** Makes the rule that the options ask for. */
export function tripRule(options: CheckedBreakerOptions, clock: Clock): TripRule {
  const { trip, failureThreshold } = options;
  if (!trip) return new ConsecutiveRule(failureThreshold);
  if (trip.rule) return new CustomRuleAdapter(trip.rule());
  const window = trip.window === 'count' ? new CountWindow(trip.size) : new TimeWindow(trip.duration, clock);
  return new WindowRule(window, trip);
}

/** Opens after so many failures in a row; a success between them starts the count again. */
export class ConsecutiveRule implements TripRule {
  readonly timed = false;
  private failures = 0;

  constructor(private readonly threshold: number) {}

  record(failed: boolean): TripReason | undefined {
    this.failures = failed ? this.failures + 1 : 0;
    return this.failures >= this.threshold ? 'consecutive failures' : undefined;
  }

  /** Goes on from a count that was saved; a circuit that was not open does not become so by being loaded. */
  restore(failures: number, open: boolean): void {
    this.failures = open ? failures : Math.min(failures, this.threshold - 1);
  }

  figures(): RuleFigures {
    return {
      failureCount: this.failures,
      bufferedCalls: this.failures,
      slowCount: 0,
      failureRate: null,
      slowRate: null,
    };
  }
}

/** cockatiel's state while its circuit is closed. */
const CLOSED = 0;

/** Asks a rule that was not written here. What it throws must not take the place of the outcome of a call. */
class CustomRuleAdapter implements TripRule {
  readonly timed = false;
  private failures = 0;
  private calls = 0;

  constructor(private readonly rule: CustomRule) {
    for (const verb of ['success', 'failure'] as const)
      if (typeof rule?.[verb] !== 'function') throw new TypeError(`trip.rule must make an object with ${verb}(state).`);
  }

  record(failed: boolean): TripReason | undefined {
    this.calls++;
    if (failed) this.failures++;
    return askPredicate(() => this.ask(failed), [], false) ? 'custom rule' : undefined;
  }

  private ask(failed: boolean): boolean {
    if (failed) return this.rule.failure(CLOSED);
    this.rule.success(CLOSED);
    return false;
  }

  figures(): RuleFigures {
    return { failureCount: this.failures, bufferedCalls: this.calls, slowCount: 0, failureRate: null, slowRate: null };
  }
}
