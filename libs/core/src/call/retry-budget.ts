import type { Clock } from '../clock/clock.js';

export interface RetryBudgetOptions {
  /** Retries allowed per 100 calls. @default 20 */
  readonly percent?: number;
  /** Retries allowed per second in any case, so that a rare caller may retry too. @default 3 */
  readonly minimum?: number;
}

/** More savings than this are lost: what went well long ago does not pay for a storm now. */
const MOST_SAVED = 100;

/**
 * Keeps retries from multiplying an outage: each call pays in a share of a retry, each retry takes one out; besides, a few
 * per second are free.
 *
 * @see https://sre.google/sre-book/handling-overload/ (client-side retry budgets)
 */
export class RetryBudget {
  private saved = 0;
  private free: number;
  private filledAt: number | undefined = undefined;

  constructor(
    private readonly options: Required<RetryBudgetOptions>,
    private readonly clock: Clock,
  ) {
    this.free = options.minimum;
  }

  /** A call begins. */
  payIn(): void {
    if (this.saved < MOST_SAVED) this.saved += this.options.percent / 100;
  }

  /** Takes one retry out, if there is one. */
  tryTake(): boolean {
    this.refill();
    if (this.free >= 1) {
      this.free--;
      return true;
    }
    // Twenty times 0.05 is a little less than 1.
    if (this.saved < 1 - 1e-9) return false;
    this.saved--;
    return true;
  }

  private refill(): void {
    const { minimum } = this.options;
    const now = this.clock.now();
    this.free = Math.min(minimum, this.free + ((now - (this.filledAt ?? now)) / 1_000) * minimum);
    this.filledAt = now;
  }
}
