import type { CheckedTripOptions } from './breaker-options.js';
import type { RuleFigures, TripReason, TripRule } from './trip-rule.js';

/** Counts the calls it can see. Calls that have left it are in no figure, however long nobody looked. */
export interface CallWindow {
  /** Whether `record` needs the time. */
  readonly timed: boolean;
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
  record(failed: boolean, slow: boolean, now: number): void;
  /** Lets go of what has left by now. */
  settle(): void;
}

/**
 * Opens when a share of the calls in its window failed or was slow. "As many or more" opens, so 100 % can be asked for;
 * below the minimum number of calls nothing is judged.
 */
export class WindowRule implements TripRule {
  readonly timed: boolean;
  private readonly minimumCalls: number;
  private readonly failureRate: number;
  private readonly slowRate: number;

  constructor(
    private readonly window: CallWindow,
    { minimumCalls, failureRate, slowRate = Infinity }: CheckedTripOptions,
  ) {
    this.timed = window.timed;
    this.minimumCalls = minimumCalls;
    this.failureRate = failureRate;
    this.slowRate = slowRate;
  }

  record(failed: boolean, slow: boolean, now: number): TripReason | undefined {
    const { window } = this;
    window.record(failed, slow, now);
    if (window.calls < this.minimumCalls) return undefined;
    if (window.failed * 100 >= this.failureRate * window.calls) return 'failure rate';
    if (window.slow * 100 >= this.slowRate * window.calls) return 'slow call rate';
    return undefined;
  }

  figures(): RuleFigures {
    this.window.settle();
    const { calls, failed, slow } = this.window;
    const judged = calls >= this.minimumCalls;
    return {
      failureCount: failed,
      bufferedCalls: calls,
      slowCount: slow,
      failureRate: judged ? (failed * 100) / calls : null,
      slowRate: judged ? (slow * 100) / calls : null,
    };
  }
}
