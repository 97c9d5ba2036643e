const PER_SECOND = 10;

/** Ten in a second, counted from the first. */
export class RateLimit {
  private begun = -Infinity;
  private count = 0;

  /** @param now - monotonic milliseconds */
  allows(now: number): boolean {
    if (now - this.begun >= 1_000) {
      this.begun = now;
      this.count = 0;
    }
    return ++this.count <= PER_SECOND;
  }
}
