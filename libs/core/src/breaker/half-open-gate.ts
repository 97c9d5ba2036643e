/** What the trials so far say about the circuit. */
export type TrialVerdict = 'recovered' | 'still failing' | undefined;

/**
 * Lets a few trial calls through while the circuit is half open, and refuses the surplus at once.
 *
 * Invariant: trials under way and trials judged together never exceed the limit; a trial that says nothing (ignored,
 * aborted) gives its place back, so that half open can always end.
 */
export class HalfOpenGate {
  /** Since when trials have been under way without a pause. */
  since = 0;
  private underWay = 0;
  private succeeded = 0;
  private failed = 0;

  /** @param failuresToReopen - failed trials that say the service is still sick */
  constructor(
    private readonly limit: number,
    private readonly failuresToReopen: number,
  ) {}

  get trials(): number {
    return this.underWay;
  }

  /** Whether another trial may begin. */
  get hasRoom(): boolean {
    return this.underWay + this.succeeded + this.failed < this.limit;
  }

  /** Takes a place for a trial, if there is one. */
  tryEnter(now: number): boolean {
    if (!this.hasRoom) return false;
    if (this.underWay++ === 0) this.since = now;
    return true;
  }

  /** A trial ended without saying anything about the service. */
  leave(): void {
    this.underWay--;
  }

  /** A trial ended. */
  judge(failed: boolean): TrialVerdict {
    this.underWay--;
    if (failed) this.failed++;
    else this.succeeded++;
    if (this.failed >= this.failuresToReopen) return 'still failing';
    return this.succeeded + this.failed >= this.limit ? 'recovered' : undefined;
  }
}
