import { Generation } from './breaker-engine.js';

/** What the trials so far say about the circuit. */
export type TrialVerdict = 'recovered' | 'still failing' | undefined;

/**
 * Lets a few trial calls through while the circuit is half open, and refuses the surplus at once. Each trial is a generation
 * of its own, so that it is known which of them hangs.
 *
 * Invariant: trials under way and trials judged together never exceed the limit; a trial that says nothing (ignored,
 * aborted) gives its place back, so that half open can always end.
 */
export class HalfOpenGate {
  /** Those under way and the instants at which they began, the oldest first. */
  private readonly underWay = new Map<Generation, number>();
  private succeeded = 0;
  private failed = 0;

  /** @param failuresToReopen - failed trials that say the service is still sick */
  constructor(
    private readonly limit: number,
    private readonly failuresToReopen: number,
  ) {}

  get trials(): number {
    return this.underWay.size;
  }

  /** Since when the oldest trial has been under way; `Infinity` if none is. */
  get since(): number {
    for (const began of this.underWay.values()) return began;
    return Infinity;
  }

  /** Whether another trial may begin. */
  get hasRoom(): boolean {
    return this.underWay.size + this.succeeded + this.failed < this.limit;
  }

  /** Takes a place for a trial, if there is one. */
  tryEnter(now: number): Generation | undefined {
    if (!this.hasRoom) return undefined;
    const trial = new Generation();
    this.underWay.set(trial, now);
    return trial;
  }

  /** A trial ended without saying anything about the service. */
  leave(trial: Generation): void {
    this.end(trial);
  }

  /** A trial ended. */
  judge(trial: Generation, failed: boolean): TrialVerdict {
    this.end(trial);
    if (failed) this.failed++;
    else this.succeeded++;
    if (this.failed >= this.failuresToReopen) return 'still failing';
    return this.succeeded + this.failed >= this.limit ? 'recovered' : undefined;
  }

  /** The circuit moves on: what is still under way decides nothing any more. */
  dismiss(): void {
    for (const trial of this.underWay.keys()) this.end(trial);
  }

  private end(trial: Generation): void {
    trial.over = true;
    this.underWay.delete(trial);
  }
}
