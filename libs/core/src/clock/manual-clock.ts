import type { Cancel, Clock } from './clock.js';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Virtual time for tests: nothing passes until somebody says so. Alarms run in the order of their instants, and alarms of
 * one instant in the order in which they were set.
 *
 * @example
 * const clock = new ManualClock();
 * const timeout = pool.acquire({ timeout: 100 });
 * await clock.advance(100);
 */
export class ManualClock implements Clock {
  private readonly alarms = new Set<Alarm>();
  private order = 0;
  private holders = 0;

  /** @param time - monotonic start, @default 0; `wall` - wall clock at that instant, @default 1_700_000_000_000 */
  constructor(
    private time = 0,
    private wall = 1_700_000_000_000,
  ) {}

  now(): number {
    return this.time;
  }

  wallNow(): number {
    return this.wall;
  }

  schedule(delay: number, run: () => void): Cancel {
    if (delay === Infinity) return () => undefined;
    const alarm: Alarm = { at: this.time + Math.max(0, delay), order: this.order++, run };
    this.alarms.add(alarm);
    return () => void this.alarms.delete(alarm);
  }

  hold(): Cancel {
    this.holders++;
    let held = true;
    return () => {
      if (held) this.holders--;
      held = false;
    };
  }

  /** How many runs are scheduled. A closed pool, breaker or registry leaves none behind. */
  get pending(): number {
    return this.alarms.size;
  }

  /** Whether somebody would keep a real process alive. */
  get held(): boolean {
    return this.holders > 0;
  }

  /**
   * Lets `duration` pass: runs what is due, and after each run lets promises settle, so that what they schedule within
   * the duration runs too.
   */
  async advance(duration: number): Promise<void> {
    const end = this.time + duration;
    await settle();
    for (let alarm = this.next(end); alarm; alarm = this.next(end)) {
      this.fire(alarm);
      await settle();
    }
    this.moveTo(end);
  }

  /** Lets `duration` pass in one step without letting promises settle in between. */
  advanceSync(duration: number): void {
    const end = this.time + duration;
    for (let alarm = this.next(end); alarm; alarm = this.next(end)) this.fire(alarm);
    this.moveTo(end);
  }

  /**
   * The process was frozen (serverless, laptop lid) or blocked: time has passed, no alarm has run yet. Overdue alarms run
   * at the next advance. `wallOnly` moves just the wall clock, as an operating system's correction does.
   */
  freeze(duration: number, { wallOnly = false }: { wallOnly?: boolean } = {}): void {
    if (!wallOnly) this.time += duration;
    this.wall += duration;
  }

  private next(end: number): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.alarms) {
      if (alarm.at > end) continue;
      if (!first || alarm.at < first.at || (alarm.at === first.at && alarm.order < first.order)) first = alarm;
    }
    return first;
  }

  private fire(alarm: Alarm): void {
    this.alarms.delete(alarm);
    this.moveTo(alarm.at);
    alarm.run();
  }

  private moveTo(instant: number): void {
    if (instant <= this.time) return;
    this.wall += instant - this.time;
    this.time = instant;
  }
}

/** One turn of the real event loop: every promise that can settle has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
