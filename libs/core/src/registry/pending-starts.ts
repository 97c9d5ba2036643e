/** So many calls may hang before a resource is not called again: each may hold something that nobody can take from it. */
const MOST_ABANDONED = 5;

/** The calls of one resource's `start` that have not ended, also those for which nobody waits any more. */
export class PendingStarts {
  private readonly calls = new Set<Promise<void>>();

  get any(): boolean {
    return this.calls.size > 0;
  }

  /** Whether so many hang that another call would be one too many. */
  get tooMany(): boolean {
    return this.calls.size >= MOST_ABANDONED;
  }

  add(call: PromiseLike<unknown>): void {
    const ended = (): void => void this.calls.delete(pending);
    const pending: Promise<void> = Promise.resolve(call).then(ended, ended);
    this.calls.add(pending);
  }

  /** Resolves when one of them has ended. */
  async oneEnded(): Promise<void> {
    await Promise.race(this.calls);
  }

  /** Resolves when all that are there now have ended. */
  async allEnded(): Promise<void> {
    await Promise.all(this.calls);
  }
}
