import { pauseSpec } from '../call/backoff.table.js';
import { defineOptions } from '../options/option-spec.js';
import type { BackgroundTaskOptions } from './task-options.js';

/** Options of a task, checked. */
export type CheckedTaskOptions = Required<Omit<BackgroundTaskOptions, 'clock' | 'random'>>;

/** What can be said of a background task. */
export const backgroundTaskOptionTable = defineOptions<CheckedTaskOptions>({
  name: { kind: 'text', required: true, maxLength: 200, description: 'The name of the task.' },
  run: { kind: 'function', required: true, description: 'The work.' },
  restartOnFailure: { kind: 'boolean', default: false, description: 'Run again after a failure.' },
  maxRestarts: {
    kind: 'integer',
    min: 0,
    default: 3,
    zero: 'never',
    infinity: 'always',
    description: 'Restarts in a row without a healthy run between them.',
  },
  restartDelay: pauseSpec('Pause before a restart.', { default: 1_000, zero: 'at once' }),
  healthyAfter: {
    kind: 'duration',
    default: 60_000,
    infinity: 'restarts are never counted anew',
    description: 'How long a run lasts that counts as healthy.',
  },
  stopTimeout: { kind: 'duration', default: 10_000, description: 'How long stop() waits for the run to end.' },
});
