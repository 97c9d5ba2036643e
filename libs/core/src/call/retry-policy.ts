import type { Clock } from '../clock/clock.js';
import { systemClock } from '../clock/system-clock.js';
import { checkOptions } from '../options/check-options.js';
import { defineOptions, type OptionTable } from '../options/option-spec.js';
import { askPredicate } from './ask-predicate.js';
import { backoffDelay, type BackoffOptions } from './backoff.js';
import { pauseSpec } from './backoff.table.js';
import { BulkheadFullError } from './bulkhead-full.error.js';
import { contextFrom } from './lazy-context.js';
import { pause } from './pause.js';
import type { PolicySetting } from './policy-setting.js';
import type { Policy, PolicyContext } from './policy.js';
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.js';

export interface RetryOptions {
  /** Calls in total, the first one included. @default 3 */
  readonly attempts?: number;
  /** Milliseconds between two attempts; 0: none. @default backoff from 100 to 10_000 ms, full jitter */
  readonly delay?: number | BackoffOptions;
  /** Whether it is worth trying again. Never asked about an open circuit, a full bulkhead or a caller that gave up. */
  readonly isRetryable?: (error: unknown, attempt: number) => boolean;
  /** Bounds the retries of all calls together. */
  readonly budget?: RetryBudgetOptions;
}

const DEFAULT_DELAY: BackoffOptions = { initial: 100, max: 10_000 };

const retryBudgetOptionTable = defineOptions<RetryBudgetOptions>({
  percent: { kind: 'percent', default: 20, description: 'Retries allowed per 100 calls.' },
  minimum: {
    kind: 'number',
    min: 0,
    max: 1_000_000,
    default: 3,
    description: 'Retries allowed per second in any case.',
  },
});

export const retryOptionTable: OptionTable = defineOptions<RetryOptions>({
  attempts: { kind: 'integer', min: 1, max: 100, default: 3, description: 'Calls in total, the first one included.' },
  delay: pauseSpec('The pause between two attempts.', { default: DEFAULT_DELAY, zero: 'none' }),
  isRetryable: {
    kind: 'function',
    absent: 'every error is retried',
    description: 'Whether an error is worth trying again.',
  },
  budget: { kind: 'group', table: retryBudgetOptionTable, description: 'Bounds the retries of all calls together.' },
});

interface CheckedRetryOptions extends RetryOptions {
  readonly attempts: number;
  readonly delay: number | BackoffOptions;
  readonly budget: Required<RetryBudgetOptions>;
}

/**
 * Tries again what failed, after a growing pause that an abort ends at once, as long as the budget lasts. It never retries
 * what was refused without being tried: an open circuit (ours or cockatiel's), a full bulkhead, a caller that gave up.
 * The error of the last attempt is the caller's, untouched.
 *
 * @example
 * const retry = new RetryPolicy({ attempts: 4, delay: { initial: 50, max: 2_000 } });
 * await retry.execute(({ signal }) => fetch(url, { signal }));
 */
export class RetryPolicy implements Policy {
  private readonly options: CheckedRetryOptions;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly budget: RetryBudget;

  /** @throws {OptionsError} if the options cannot work */
  constructor(options: RetryOptions = {}, setting: PolicySetting = {}) {
    this.options = checkOptions(retryOptionTable, options, { subject: setting.what ?? 'The retry policy' });
    this.clock = setting.clock ?? systemClock;
    this.random = setting.random ?? Math.random;
    this.budget = new RetryBudget(this.options.budget, this.clock);
  }

  execute<R>(
    work: (context: PolicyContext) => R | Promise<R>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<R> {
    return this.repeat(() => work(contextFrom(options)), options.signal);
  }

  /** As `execute`, for a call that already knows its signal. */
  async repeat<R>(call: () => R | Promise<R>, signal?: AbortSignal): Promise<R> {
    this.budget.payIn();
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (!this.isWorthIt(error, attempt, signal)) throw error;
      }
      const delay = this.delayAfter(attempt);
      if (delay > 0) await pause(this.clock, delay, signal);
    }
  }

  private isWorthIt(error: unknown, attempt: number, signal: AbortSignal | undefined): boolean {
    const { attempts, isRetryable } = this.options;
    if (attempt >= attempts || signal?.aborted || wasNotTried(error)) return false;
    if (isRetryable && !askPredicate(isRetryable, [error, attempt], true)) return false;
    return this.budget.tryTake();
  }

  private delayAfter(attempt: number): number {
    const { delay } = this.options;
    return typeof delay === 'number' ? delay : backoffDelay(delay, attempt, this.random);
  }
}

function wasNotTried(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error instanceof BulkheadFullError || 'isBrokenCircuitError' in error)
  );
}
