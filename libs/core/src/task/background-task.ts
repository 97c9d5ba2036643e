import type { BackoffOptions } from '../call/backoff.js';
import type { Clock } from '../clock/clock.js';
import type { CloseReport } from '../resource/close-report.js';
import { ResourceHealth, type Health } from '../resource/health.js';
import type { Metrics } from '../resource/metrics.js';
import type { CallContext, CloseContext, Resource, ResourceListener } from '../resource/resource.js';

export type TaskState = 'idle' | 'running' | 'waiting' | 'completed' | 'failed' | 'stopped';

export interface BackgroundTaskOptions {
  readonly name: string;
  /** The work. Ends when it is done, or soon after `signal` is aborted. */
  readonly run: (context: CallContext) => void | Promise<void>;
  /** Run again after a failure; never after completion. @default false */
  readonly restartOnFailure?: boolean;
  /** Restarts in a row without a healthy run between them, so `1 + maxRestarts` runs. @default 3 */
  readonly maxRestarts?: number;
  /** Milliseconds, or how the pause grows. @default 1_000 */
  readonly restartDelay?: number | BackoffOptions;
  /** Milliseconds after which a run counts as healthy: pauses and restarts count from the beginning again. @default 60_000 */
  readonly healthyAfter?: number;
  /** Milliseconds that `stop()` waits for the run to end. @default 10_000 */
  readonly stopTimeout?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Draws the jitter; for tests. @default Math.random */
  readonly random?: () => number;
}

export interface TaskMetrics extends Metrics {
  readonly type: 'task';
  readonly state: TaskState;
  readonly running: boolean;
  /** Since `start()`. */
  readonly restarts: number;
  /** Text of the last failure, redacted; `null` if there was none. */
  readonly lastError: string | null;
  /** Milliseconds since the epoch at which the last run began; `null` before the first. */
  readonly lastRunAt: number | null;
  /** Milliseconds from `start()` to now or to the end. */
  readonly uptime: number;
}

/** Work that goes on beside the requests. */
export class BackgroundTask implements Resource {
  readonly kind = 'task';
  readonly name: string;
  private current: TaskState = 'idle';

  constructor(options: BackgroundTaskOptions) {
    this.name = options.name;
  }

  get state(): TaskState {
    return this.current;
  }

  /** What the last failed run failed with, untouched. */
  get lastError(): unknown {
    return undefined;
  }

  start(): void {
    this.current = 'running';
  }

  quiesce(): void {}

  async settle(_context?: CallContext): Promise<void> {}

  /** Never rejects, never hangs. */
  async stop(): Promise<void> {
    this.current = 'stopped';
  }

  async close(_context?: CloseContext): Promise<CloseReport> {
    return { clean: true, duration: 0, destroyed: 0, holders: [], errors: [] };
  }

  check(): Health {
    return { status: ResourceHealth.HEALTHY };
  }

  getMetrics(): TaskMetrics {
    const { name, state } = this;
    return { type: 'task', name, state, running: false, restarts: 0, lastError: null, lastRunAt: null, uptime: 0 };
  }

  observe(_listener: ResourceListener): () => void {
    return () => undefined;
  }
}
