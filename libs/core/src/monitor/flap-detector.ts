import type { ResourceHealth } from '../resource/health.js';

/** How many results are looked at. */
const WINDOW = 20;
const BEGINS_AT = 0.5;
const ENDS_BELOW = 0.25;

/**
 * Notices a resource whose results keep changing, which thresholds would hide: of the last 20 results, half or more
 * differed from the one before. It ends when fewer than a quarter do, so that flapping itself does not flap.
 */
export class FlapDetector {
  private results: readonly ResourceHealth[] = [];
  private active = false;

  get flapping(): boolean {
    return this.active;
  }

  /** Changes among the results looked at. */
  get changes(): number {
    return this.results.filter((result, index) => index > 0 && result !== this.results[index - 1]).length;
  }

  accept(result: ResourceHealth): void {
    this.results = [...this.results, result].slice(-WINDOW);
    const share = this.results.length < WINDOW ? 0 : this.changes / (WINDOW - 1);
    this.active = share >= (this.active ? ENDS_BELOW : BEGINS_AT);
  }

  reset(): void {
    this.results = [];
    this.active = false;
  }
}
