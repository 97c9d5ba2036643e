/** Undoes what returned it. Calling it again, or after the fact, does nothing. */
export type Cancel = () => void;

/**
 * The one source of time. Everything that waits, ages or repeats asks a clock, so that tests run in virtual time.
 *
 * All durations and instants are milliseconds.
 */
export interface Clock {
  /** Monotonic: never steps back, says nothing about the date. For deadlines, ages and durations. */
  now(): number;

  /**
   * {@link Clock.now}, rounded down, as it was when this was first asked in this turn of the event loop: about free, and at
   * most the length of the turn late. For stamps on hot paths. A clock without it is asked for `now()`.
   */
  turnNow?(): number;

  /** Milliseconds since the epoch. For what people read. */
  wallNow(): number;

  /**
   * Runs `run` once after `delay`. `Infinity` never runs. A scheduled run alone does not keep the process alive: see
   * {@link Clock.hold}.
   */
  schedule(delay: number, run: () => void): Cancel;

  /**
   * Keeps the process alive until the result is called, once. Whoever owes somebody a settled promise holds; maintenance
   * does not. A clock without it (virtual time) keeps nothing alive.
   */
  hold?(): Cancel;
}
