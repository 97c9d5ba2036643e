import type { Clock } from '../clock/clock.js';
import type { CallWindow } from './window-rule.js';

/** Into how many slices the window is cut: a call leaves at most this fraction of the window early. */
const SLICES = 20;

/** Calls, failed ones, slow ones. */
const FIELDS = 3;

/**
 * The calls of the last `duration` milliseconds, in slices of equal length that are reused in a ring:
 *
 *     slice number   40   41   42   23 … 39        number = floor(time / length of a slice)
 *     kept at         0    1    2    3 …  19        place  = number modulo SLICES
 *                          newest ┘    └ oldest
 *
 * Whoever records or reads first empties every slice that has left the window since, all of them after a long pause; so the
 * figures are right after any idle time.
 */
export class TimeWindow implements CallWindow {
  readonly timed = true;
  calls = 0;
  failed = 0;
  slow = 0;
  private readonly sliceLength: number;
  private newest = -Infinity;
  private endsAt = -Infinity;
  private place = 0;
  private slices: Uint32Array | undefined = undefined;

  constructor(
    duration: number,
    private readonly clock: Clock,
  ) {
    this.sliceLength = duration / SLICES;
  }

  record(failed: boolean, slow: boolean, now: number): void {
    if (now >= this.endsAt) this.moveTo(now);
    const slices = (this.slices ??= new Uint32Array(SLICES * FIELDS));
    const at = this.place;
    slices[at] = (slices[at] ?? 0) + 1;
    this.calls++;
    if (failed) {
      slices[at + 1] = (slices[at + 1] ?? 0) + 1;
      this.failed++;
    }
    if (slow) {
      slices[at + 2] = (slices[at + 2] ?? 0) + 1;
      this.slow++;
    }
  }

  settle(): void {
    const now = this.clock.now();
    if (now >= this.endsAt) this.moveTo(now);
  }

  private moveTo(now: number): void {
    const number = Math.floor(now / this.sliceLength);
    if (number - this.newest >= SLICES) this.empty();
    else for (let left = this.newest + 1; left <= number; left++) this.forget(left);
    this.newest = number;
    this.endsAt = (number + 1) * this.sliceLength;
    this.place = placeOf(number);
  }

  private empty(): void {
    this.slices?.fill(0);
    this.calls = this.failed = this.slow = 0;
  }

  private forget(number: number): void {
    const { slices } = this;
    if (!slices) return;
    const at = placeOf(number);
    this.calls -= slices[at] ?? 0;
    this.failed -= slices[at + 1] ?? 0;
    this.slow -= slices[at + 2] ?? 0;
    slices.fill(0, at, at + FIELDS);
  }
}

function placeOf(number: number): number {
  return (number % SLICES) * FIELDS;
}
