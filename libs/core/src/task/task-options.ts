import type { BackoffOptions } from '../call/backoff.js';
import type { Clock } from '../clock/clock.js';
import type { CallContext } from '../resource/resource.js';

export interface BackgroundTaskOptions {
  readonly name: string;
  /** The work. Ends when it is done, or soon after `signal` is aborted. */
  readonly run: (context: CallContext) => void | Promise<void>;
  /** Run again after a failure; never after completion. @default false */
  readonly restartOnFailure?: boolean;
  /** Restarts in a row without a healthy run between them, so `1 + maxRestarts` runs. @default 3 */
  readonly maxRestarts?: number;
  /** Milliseconds before a restart, or how the pause grows. @default 1_000 */
  readonly restartDelay?: number | BackoffOptions;
  /** Milliseconds after which a run counts as healthy: pauses and restarts are counted anew. @default 60_000 */
  readonly healthyAfter?: number;
  /** Milliseconds that `stop()` waits for the run to end. @default 10_000 */
  readonly stopTimeout?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Draws the jitter; for tests. @default Math.random */
  readonly random?: () => number;
}
