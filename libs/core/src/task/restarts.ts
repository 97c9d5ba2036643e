import { backoffDelay } from '../call/backoff.js';
import type { CheckedTaskOptions } from './task-options.table.js';

/** Whether and when a failed run is repeated. A healthy run makes up for all failures before it. */
export class Restarts {
  /** How many were made. */
  made = 0;
  /** Failures since the last healthy run. */
  failuresInARow = 0;

  constructor(
    private readonly options: CheckedTaskOptions,
    private readonly random: () => number,
  ) {}

  /** @param lasted - milliseconds of the run that has failed */
  noteFailure(lasted: number): void {
    this.failuresInARow = lasted >= this.options.healthyAfter ? 1 : this.failuresInARow + 1;
  }

  get isAllowed(): boolean {
    return this.options.restartOnFailure && this.failuresInARow <= this.options.maxRestarts;
  }

  /** Milliseconds before the next run. */
  get delay(): number {
    const { restartDelay } = this.options;
    return typeof restartDelay === 'number'
      ? restartDelay
      : backoffDelay(restartDelay, this.failuresInARow, this.random);
  }
}
