import type { Clock } from '../clock/clock.js';
import type { ResourceHealth } from '../resource/health.js';

/** The short answer: how a group is and how many belong to it. */
export interface Overview {
  readonly overallHealth: ResourceHealth;
  readonly resourceCount: number;
}

/**
 * Remembers short answers, for callers that ask with every request. An answer is good until something changes, and never
 * for longer than `maxAge`, because results also age by themselves.
 */
export class HealthOverview {
  private readonly answers = new Map<string | undefined, Overview>();
  private until = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly maxAge: number,
    private readonly lookOver: (group: string | undefined) => Overview,
  ) {}

  of(group: string | undefined): Overview {
    const now = this.clock.now();
    if (now >= this.until) {
      this.answers.clear();
      this.until = now + this.maxAge;
    }
    const known = this.answers.get(group);
    if (known) return known;
    const answer = this.lookOver(group);
    this.answers.set(group, answer);
    return answer;
  }

  /** Something has changed. */
  forget(): void {
    this.until = -Infinity;
  }
}
