import { ResourceHealth } from '../resource/health.js';
import type { CheckRunner } from './check-runner.js';
import { FlapDetector } from './flap-detector.js';
import type { CheckResult } from './health-check.js';
import type { History } from './history.js';
import { Hysteresis } from './hysteresis.js';
import type { RecentTimings } from './recent-timings.js';
import type { Subject } from './subject.js';

/** Changes of health that are remembered per resource. */
const MOST_TRANSITIONS = 100;

/** Intervals without a result after which the last one no longer counts. */
const STALE_AFTER = 3;

/** How one resource is checked: its own options over the monitor's. */
export interface CheckSchedule {
  readonly interval: number;
  readonly downInterval: number;
  readonly timeout: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** A change of published health. */
export interface HealthTransition {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly from: ResourceHealth;
  readonly to: ResourceHealth;
  readonly reason?: string;
}

/** What is published and why. */
interface Verdict {
  readonly status: ResourceHealth;
  readonly reason?: string | undefined;
}

/**
 * What the monitor knows of one subject: results, what they amount to, when to ask again.
 *
 * Invariant: `health` changes only in {@link judge}, in one step from all that is known, so that no reader sees a value in
 * between.
 */
export class Watch {
  health: ResourceHealth = ResourceHealth.UNKNOWN;
  reason: string | undefined = undefined;
  /** Wall clock of the last change of `health`. */
  since: number;
  last: CheckResult | undefined = undefined;
  history: History | undefined = undefined;
  timings: RecentTimings | undefined = undefined;
  /** Monotonic instants from which a check or a sample is due. */
  checkDue = -Infinity;
  sampleDue = -Infinity;
  stale = false;
  /** What all runs of the check came to. */
  readonly tally = { total: 0, time: 0, error: 0, timeout: 0, invalid: 0 };
  readonly transitions: HealthTransition[] = [];
  private readonly hysteresis: Hysteresis;
  private readonly flaps = new FlapDetector();

  constructor(
    readonly subject: Subject,
    readonly schedule: CheckSchedule,
    readonly runner: CheckRunner,
    readonly firstSeen: number,
  ) {
    this.since = firstSeen;
    this.hysteresis = new Hysteresis(schedule.failureThreshold, schedule.successThreshold);
  }

  /** Whether what is known was measured on this subject, and not on another one of the same name. */
  isOf(subject: Subject): boolean {
    return this.subject.resource === subject.resource && this.subject.custom === subject.custom;
  }

  get flapping(): boolean {
    return this.flaps.flapping;
  }

  /** The newest result as it came, before thresholds. */
  get raw(): ResourceHealth | undefined {
    return this.hysteresis.raw;
  }

  get consecutive(): number {
    return this.hysteresis.consecutive;
  }

  /** Milliseconds until the next check, before jitter. */
  get interval(): number {
    const { interval, downInterval } = this.schedule;
    return this.raw === undefined || this.raw === ResourceHealth.HEALTHY ? interval : Math.min(interval, downInterval);
  }

  take(result: CheckResult): void {
    this.last = result;
    this.tally.total++;
    this.tally.time = Math.round((this.tally.time + result.took) * 1_000) / 1_000;
    if (result.failure) this.tally[result.failure]++;
    this.hysteresis.accept(result.status);
    this.flaps.accept(result.status);
  }

  /**
   * Makes up its mind from the state of the subject, the results and their age.
   *
   * @returns the change, if there is one
   */
  judge(subject: Subject, now: number, wallNow: number): HealthTransition | undefined {
    if (subject.given) this.forgetResults();
    this.stale = this.last !== undefined && now - this.last.at > STALE_AFTER * this.interval + this.schedule.timeout;
    const { status, reason } = subject.given ?? this.verdict(now);
    this.reason = reason;
    if (status === this.health) return undefined;
    const transition = { timestamp: wallNow, from: this.health, to: status, ...(reason ? { reason } : undefined) };
    this.health = status;
    this.since = wallNow;
    this.transitions.push(transition);
    if (this.transitions.length > MOST_TRANSITIONS) this.transitions.shift();
    return transition;
  }

  private verdict(now: number): Verdict {
    const { last, hysteresis, flaps } = this;
    if (!last) return { status: ResourceHealth.UNKNOWN, reason: 'It has not been checked yet.' };
    if (this.stale) {
      const age = Math.round(now - last.at);
      return { status: ResourceHealth.UNKNOWN, reason: `The last check that ended did so ${age} ms ago.` };
    }
    if (flaps.flapping) {
      return {
        status: ResourceHealth.DEGRADED,
        reason: `It is flapping: ${flaps.changes} changes in the last 20 checks.`,
      };
    }
    const { status } = hysteresis;
    return { status, reason: status === last.status ? last.reason : this.reason };
  }

  /** Results from before a stop say nothing about what runs after it. */
  private forgetResults(): void {
    if (!this.last) return;
    this.last = undefined;
    this.checkDue = -Infinity;
    this.hysteresis.reset();
    this.flaps.reset();
  }
}
