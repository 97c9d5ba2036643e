import { errorText } from '../errors/error-text.js';
import { ResourceHealth, type Health } from '../resource/health.js';
import type { TaskState } from './task-metrics.js';

const HEALTH: Readonly<Record<TaskState, ResourceHealth>> = {
  idle: ResourceHealth.UNKNOWN,
  running: ResourceHealth.HEALTHY,
  waiting: ResourceHealth.DEGRADED,
  completed: ResourceHealth.HEALTHY,
  failed: ResourceHealth.UNHEALTHY,
  stopped: ResourceHealth.UNKNOWN,
};

/** How a task is, from where it is in its life. */
export function taskHealth(
  state: TaskState,
  failure: { readonly error: unknown } | undefined,
  failures: number,
): Health {
  const status = HEALTH[state];
  if (state === 'waiting')
    return { status, reason: `waits for a restart after ${failures} failures in a row: ${textOf(failure)}` };
  if (state === 'failed') return { status, reason: `failed and is not restarted: ${textOf(failure)}` };
  if (state === 'idle') return { status, reason: 'has not been started' };
  if (state === 'stopped') return { status, reason: 'has been stopped' };
  return { status };
}

function textOf(failure: { readonly error: unknown } | undefined): string {
  return failure ? errorText(failure.error) : 'unknown';
}
