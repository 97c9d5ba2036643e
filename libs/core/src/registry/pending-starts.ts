/** So many calls may hang before a resource is not called again: each may hold something that nobody can take from it. */
const MOST_ABANDONED = 5;

/** The calls of one resource's `start` that have not ended, also those for which nobody waits any more. */
export class PendingStarts {
  /** None at most resources: made with the first. */
  private calls: Set<Promise<void>> | undefined = undefined;

  get any(): boolean {
    return this.size > 0;
  }

  /** Whether so many hang that another call would be one too many. */
  get tooMany(): boolean {
    return this.size >= MOST_ABANDONED;
  }

  add(call: PromiseLike<unknown>): void {
    const calls = (this.calls ??= new Set());
    const ended = (): void => void calls.delete(pending);
    const pending: Promise<void> = Promise.resolve(call).then(ended, ended);
    calls.add(pending);
  }

  /** Resolves when one of them has ended. */
  async oneEnded(): Promise<void> {
    if (this.calls) await Promise.race(this.calls);
  }

  /** Resolves when all that are there now have ended. */
  async allEnded(): Promise<void> {
    if (this.calls) await Promise.all(this.calls);
  }

  private get size(): number {
    return this.calls?.size ?? 0;
  }
}
