import { backoffDelay } from '../call/backoff.js';
import type { Cancel } from '../clock/clock.js';
import type { CheckedBreakerOptions } from './breaker-options.js';

/**
 * How long an open circuit stays open: fixed when it opens, longer each time a trial fails, short again once it has closed.
 * Keeps time by whoever asks, and by a timer only if half open must come by itself.
 */
export class Recovery {
  /** How often the circuit has opened since it was last closed. */
  openings = 0;
  /** The instant of the monotonic clock until which it is open. */
  due = 0;
  private retired = false;
  private cancelAlarm: Cancel | undefined = undefined;

  constructor(private readonly options: CheckedBreakerOptions) {}

  /** The circuit opens, for so long. */
  begin(duration: number, since: number): void {
    this.openings++;
    this.due = since + duration;
  }

  /** The circuit is closed: it has recovered. */
  end(): void {
    this.openings = 0;
  }

  /** Continues what another process began. */
  restore(openings: number, remaining: number): void {
    this.openings = Math.max(1, openings);
    this.due = this.options.clock.now() + remaining;
  }

  /** Milliseconds for which the circuit opens next. */
  nextPause(): number {
    const { recoveryTimeout, random } = this.options;
    return typeof recoveryTimeout === 'number'
      ? recoveryTimeout
      : backoffDelay(recoveryTimeout, this.openings + 1, random);
  }

  /** Has `ring` called when it is due, if nobody else might look. It says whether to ring again, being early. */
  setAlarm(ring: () => boolean): void {
    const { clock, halfOpen } = this.options;
    if (this.retired || !halfOpen.automatic) return;
    // A timer may be a fraction of a millisecond early.
    this.cancelAlarm = clock.schedule(this.due - clock.now(), () => ring() && this.setAlarm(ring));
  }

  stopAlarm(): void {
    this.cancelAlarm?.();
  }

  /** No timer from now on. */
  retire(): void {
    this.retired = true;
    this.stopAlarm();
  }
}
