import type { Clock } from '../clock/clock.js';
import { Semaphore } from '../waiting/semaphore.js';
import { WaitingLine } from '../waiting/waiting-line.js';

/** How many checks run at once; the surplus waits its turn. A lane is free again when its check has answered or timed out. */
export class CheckLanes {
  private readonly lanes: Semaphore;
  private readonly line: WaitingLine<void>;

  constructor(clock: Clock, concurrency: number) {
    this.lanes = new Semaphore(concurrency);
    // Nobody joins with a timeout, so nobody times out.
    this.line = new WaitingLine(clock, () => new Error('A check waited too long for its turn.'));
  }

  /** Takes a lane. @returns nothing if one was free, else a promise for the turn */
  enter(): Promise<void> | undefined {
    return this.lanes.tryTake() ? undefined : this.line.join({ timeout: Infinity });
  }

  /** Passes the lane on to whoever has waited longest, or gives it back. */
  leave(): void {
    if (!this.line.grant()) this.lanes.give();
  }
}
