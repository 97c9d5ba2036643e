/** Different words that are counted apart; all others are counted together. */
const MOST_WORDS = 20;
const ALL_OTHERS = 'other';

/** How often each word was said. Words may be somebody else's, so there is an end to how many are told apart. */
export class Counts {
  private readonly counts = new Map<string, number>();

  add(word: string): void {
    const known = this.counts.has(word) || this.counts.size < MOST_WORDS;
    const counted = known ? word : ALL_OTHERS;
    this.counts.set(counted, (this.counts.get(counted) ?? 0) + 1);
  }

  /** A copy. */
  get all(): ReadonlyMap<string, number> {
    return new Map(this.counts);
  }
}
