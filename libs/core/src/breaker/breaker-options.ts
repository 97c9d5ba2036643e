import type { BackoffOptions } from '../call/backoff.js';
import type { BulkheadOptions } from '../call/bulkhead-policy.js';
import type { Outcome } from '../call/outcome.js';
import type { RetryOptions } from '../call/retry-policy.js';
import type { Clock } from '../clock/clock.js';
import type { BreakerSnapshot } from './breaker-snapshot.js';
import type { CustomRule } from './trip-rule.js';

/**
 * How a breaker behaves. With none of them: it opens after 5 failures in a row, lets one trial call through after 30 s, and
 * closes if that succeeds. Outer to inner, whatever the order here: fallback > retry > breaker > timeout > bulkhead > work.
 */
export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit, if no other rule is given in `trip`. @default 5 */
  readonly failureThreshold?: number;
  /** Milliseconds the circuit stays open before a trial; with backoff options it grows each time a trial fails. @default 30_000 */
  readonly recoveryTimeout?: number | BackoffOptions;
  /** Trial calls at once while half open, and successes that close the circuit. Surplus calls are refused. @default 1 */
  readonly halfOpenMaxCalls?: number;
  /** What opens the circuit, if not failures in a row. */
  readonly trip?: TripOptions;
  /** What counts as what. */
  readonly outcome?: OutcomeOptions;
  readonly halfOpen?: HalfOpenOptions;
  /** Milliseconds per call; a call that takes longer is a failure. Without it a call may take for ever. */
  readonly timeout?: number;
  /** Calls at once, and how many may queue for their turn. Without it there is no limit. */
  readonly bulkhead?: BulkheadOptions;
  /** Tries again what failed, outside the breaker: each try is a call. Without it nothing is retried. */
  readonly retry?: RetryOptions;
  /** How many changes of state and mode `history()` remembers. @default 20 */
  readonly historySize?: number;
  /**
   * Whether the error of a refused call carries a stack. It only says who called, and costs more than the rest of the
   * refusal. @default false
   */
  readonly stackTraces?: boolean;
  /** Continues from what `toJSON()` gave, for example before a deployment. */
  readonly restore?: BreakerSnapshot;
  /** @default systemClock */
  readonly clock?: Clock;
  /** A number in [0, 1), for tests. @default Math.random */
  readonly random?: () => number;
}

/** What opens the circuit. One of `window` and `rule`. */
export interface TripOptions {
  /** Judge the last `size` calls, or those of the last `duration` milliseconds. */
  readonly window?: 'count' | 'time';
  /** How many calls the count window holds. @default 100 */
  readonly size?: number;
  /** How many milliseconds the time window spans. @default 30_000 */
  readonly duration?: number;
  /** With fewer calls in the window nothing is judged. @default 20, or `size` if that is less */
  readonly minimumCalls?: number;
  /** Percent of the calls; the circuit opens when as many or more have failed. @default 50 */
  readonly failureRate?: number;
  /** Percent of the calls; the circuit opens when as many or more took longer than `outcome.slowAfter`. */
  readonly slowRate?: number;
  /** Makes a rule of your own, or one of cockatiel's: `() => new SamplingBreaker(…)`. Called for each closed period. */
  readonly rule?: () => CustomRule;
}

/** What counts as what. A predicate that throws is reported, and the call counts as if it were absent. */
export interface OutcomeOptions {
  /** Whether an error says that the service is sick. @default every error does */
  readonly isFailure?: (error: unknown) => boolean;
  /** Whether an error says nothing about the service, such as a rejected input: neither success nor failure. */
  readonly isIgnored?: (error: unknown) => boolean;
  /** Whether a result, though returned, is a failure, such as a response with status 503. */
  readonly isFailedResult?: (result: unknown) => boolean;
  /** Milliseconds for which the circuit opens at once because of this outcome, such as a 429 with Retry-After; 0 or nothing: not. */
  readonly openFor?: (outcome: Outcome<unknown>) => number | undefined;
  /** Milliseconds after which a call is slow. */
  readonly slowAfter?: number;
}

/** How the trial goes. */
export interface HalfOpenOptions {
  /** Milliseconds after which a trial without result opens the circuit again. @default 30_000 */
  readonly maxWait?: number;
  /** Percent of `halfOpenMaxCalls`; as many failed trials or more open the circuit again. @default any failed trial does */
  readonly failureRate?: number;
  /** Whether the state turns to half open by itself when recovery is due, by a timer, and not with the next call. @default false */
  readonly automatic?: boolean;
}

/** Options after the check: defaults filled in, frozen. */
export interface CheckedBreakerOptions extends CircuitBreakerOptions {
  readonly failureThreshold: number;
  readonly recoveryTimeout: number | BackoffOptions;
  readonly halfOpenMaxCalls: number;
  readonly outcome: OutcomeOptions;
  readonly halfOpen: HalfOpenOptions & { readonly maxWait: number; readonly automatic: boolean };
  readonly trip?: CheckedTripOptions;
  readonly historySize: number;
  readonly stackTraces: boolean;
  readonly clock: Clock;
}

export interface CheckedTripOptions extends TripOptions {
  readonly size: number;
  readonly duration: number;
  readonly minimumCalls: number;
  readonly failureRate: number;
}
