import type { Metrics } from '../resource/metrics.js';

/**
 * Where a task is: `waiting` for its next restart, `completed` by itself, `failed` and not restarted, `stopped` for good.
 */
export type TaskState = 'idle' | 'running' | 'waiting' | 'completed' | 'failed' | 'stopped';

export interface TaskMetrics extends Metrics {
  readonly type: 'task';
  readonly state: TaskState;
  /** Whether its work is being done now. */
  readonly running: boolean;
  /** Since `start()`. */
  readonly restarts: number;
  /** Text of the last failure, redacted; `null` if there was none. */
  readonly lastError: string | null;
  /** Milliseconds since the epoch at which the last run began; `null` before the first. */
  readonly lastRunAt: number | null;
  /** Milliseconds from `start()` to the end, or to now. */
  readonly uptime: number;
}
