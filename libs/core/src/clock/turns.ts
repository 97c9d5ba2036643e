import type { Clock } from './clock.js';

/** What can tell the time cheaply: see {@link Clock.turnNow}. */
export type Turns = Required<Pick<Clock, 'turnNow'>>;

/** The clock itself, if it knows the turns of the event loop; else one that asks it each time. */
export function turnsOf(clock: Clock): Turns {
  return clock.turnNow ? (clock as Turns) : { turnNow: () => Math.floor(clock.now()) };
}
