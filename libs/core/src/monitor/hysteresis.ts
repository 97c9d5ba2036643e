import { compareHealth, ResourceHealth, worstHealth } from '../resource/health.js';

/**
 * Keeps one odd result from changing what is published: it takes `failureThreshold` results in a row to get worse and
 * `successThreshold` in a row to get better.
 *
 *     published HEALTHY   results  U H U U | U         thresholds 3 and 2
 *                                  └ broken row        └ third in a row: UNHEALTHY
 *
 * Invariant: "in a row" is read from the results themselves, the newest ones without a gap, so no counter can survive a
 * result that contradicts it. The first result counts at once; until then it is UNKNOWN.
 */
export class Hysteresis {
  private published: ResourceHealth = ResourceHealth.UNKNOWN;
  private recent: readonly ResourceHealth[] = [];
  private row = 0;

  /** Both at least 1. */
  constructor(
    private readonly failureThreshold: number,
    private readonly successThreshold: number,
  ) {}

  get status(): ResourceHealth {
    return this.published;
  }

  /** The newest result as it came; `undefined` before the first. */
  get raw(): ResourceHealth | undefined {
    return this.recent.at(-1);
  }

  /** How many of the newest results are the same. */
  get consecutive(): number {
    return this.row;
  }

  /** Takes a result and says what to publish now. */
  accept(result: ResourceHealth): ResourceHealth {
    this.row = result === this.raw ? this.row + 1 : 1;
    if (this.recent.length === 0) this.published = result;
    this.recent = [...this.recent, result].slice(-Math.max(this.failureThreshold, this.successThreshold));
    this.published = this.worsened() ?? this.improved() ?? this.published;
    return this.published;
  }

  /** Forgets everything: the next result counts at once again. */
  reset(): void {
    this.published = ResourceHealth.UNKNOWN;
    this.recent = [];
    this.row = 0;
  }

  /** The mildest of the last results, if all of them are worse than what is published. */
  private worsened(): ResourceHealth | undefined {
    const row = this.lastIf(this.failureThreshold, (result) => compareHealth(result, this.published) > 0);
    return row?.reduce((mild, result) => (compareHealth(result, mild) < 0 ? result : mild));
  }

  /** The worst of the last results, if all of them are better than what is published. */
  private improved(): ResourceHealth | undefined {
    const row = this.lastIf(this.successThreshold, (result) => compareHealth(result, this.published) < 0);
    return row && worstHealth(row);
  }

  private lastIf(count: number, condition: (result: ResourceHealth) => boolean): readonly ResourceHealth[] | undefined {
    if (this.recent.length < count) return undefined;
    const last = this.recent.slice(-count);
    return last.every(condition) ? last : undefined;
  }
}
