import type { Clock } from '../clock/clock.js';
import { turnsOf, type Turns } from '../clock/turns.js';
import { NEVER } from './waiter.js';

/** How long, in milliseconds, no turn of the event loop lasts in a process that is well. */
const LONGEST_TURN = 10_000;

/** How many with a far deadline may join, within one turn, on one reading of the clock. */
const JOINS_PER_READING = 16;

/**
 * Says when a deadline is, and whether it has passed. To read the clock costs more than all else that a wait costs us, so it
 * is read for every deadline that is near; for one that is further away than any turn of the event loop is long, it is enough
 * to know the turn.
 */
export class DeadlineClock {
  private readonly turns: Turns;
  /** The last reading, in which turn it was made, and for how many more it is good. */
  private reading = 0;
  private turn = -1;
  private joinsLeft = 0;

  constructor(private readonly clock: Clock) {
    this.turns = turnsOf(clock);
  }

  /** The whole millisecond in which somebody who begins to wait now has waited for `timeout`. */
  deadlineOf(timeout: number): number {
    if (timeout === Infinity) return NEVER;
    return Math.ceil((timeout < LONGEST_TURN ? this.clock.now() : this.recentNow()) + timeout);
  }

  /** Who is late by now gets nothing, whenever this turn of the event loop began. */
  isInTime(deadline: number): boolean {
    return deadline === NEVER || deadline - this.turns.turnNow() > LONGEST_TURN || deadline > this.clock.now();
  }

  /** Read anew in each turn of the event loop, and after every few joins: nobody is robbed of the time that a turn has taken. */
  private recentNow(): number {
    const turn = this.turns.turnNow();
    if (turn !== this.turn || --this.joinsLeft < 0) {
      this.turn = turn;
      this.joinsLeft = JOINS_PER_READING - 1;
      this.reading = Math.ceil(this.clock.now());
    }
    return this.reading;
  }
}
