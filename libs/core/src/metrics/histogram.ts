/** Each power of two is split into this many buckets: a percentile is at most 6.25 % too high. */
const SPLIT = 16;
const SPLIT_BITS = 4;
const OCTAVES = 40;

/** Figures of a histogram, in milliseconds; `null` where nothing was recorded. */
export interface HistogramSnapshot {
  readonly count: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** What a histogram held at an instant: the buckets that were not empty. */
export interface HistogramMark {
  readonly count: number;
  readonly sum: number;
  readonly indexes: Uint16Array;
  readonly counts: Float64Array;
}

/**
 * Durations in a fixed amount of memory (5 KiB): buckets grow with the value, so microseconds and hours fit alike.
 * Recording is a few integer operations and no allocation.
 */
export class Histogram {
  private readonly buckets = new Float64Array(OCTAVES * SPLIT);
  private recorded = 0;
  private total = 0;
  private least = Infinity;
  private most = -Infinity;

  /** @param duration - milliseconds; what is negative counts as 0 */
  record(duration: number): void {
    const value = duration > 0 ? duration : 0;
    this.recorded++;
    this.total += value;
    if (value < this.least) this.least = value;
    if (value > this.most) this.most = value;
    const index = bucketOf(value);
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
  }

  get count(): number {
    return this.recorded;
  }

  /** The duration that `percent` of all recorded ones do not exceed; `null` when empty. */
  percentile(percent: number): number | null {
    if (this.recorded === 0) return null;
    let left = Math.ceil((this.recorded * percent) / 100);
    for (let index = 0; index < this.buckets.length; index++) {
      left -= this.buckets[index] ?? 0;
      if (left <= 0) return Math.min(this.most, Math.max(this.least, upperBound(index)));
    }
    return this.most;
  }

  /** How many of the recorded durations are at most `bound` milliseconds, as well as the buckets can tell. */
  countUpTo(bound: number): number {
    if (bound >= this.most) return this.recorded;
    let count = 0;
    for (let index = 0; index < this.buckets.length && upperBound(index) <= bound; index++)
      count += this.buckets[index] ?? 0;
    return count;
  }

  snapshot(): HistogramSnapshot {
    const empty = this.recorded === 0;
    return {
      count: this.recorded,
      sum: this.total,
      min: empty ? null : this.least,
      max: empty ? null : this.most,
      mean: empty ? null : this.total / this.recorded,
      p50: this.percentile(50),
      p95: this.percentile(95),
      p99: this.percentile(99),
    };
  }

  /** Remembers what has been recorded, so that {@link since} can tell what came later. Takes as little memory as it can. */
  mark(): HistogramMark {
    const indexes = Uint16Array.from([...this.buckets.keys()].filter((index) => this.buckets[index] !== 0));
    const counts = Float64Array.from(indexes, (index) => this.buckets[index] ?? 0);
    return { count: this.recorded, sum: this.total, indexes, counts };
  }

  /** What was recorded after a mark of this histogram; `min` and `max` as well as the buckets can tell. */
  since({ count, sum, indexes, counts }: HistogramMark): HistogramSnapshot {
    const later = new Histogram();
    later.buckets.set(this.buckets);
    indexes.forEach((index, place) => (later.buckets[index] = (later.buckets[index] ?? 0) - (counts[place] ?? 0)));
    later.recorded = this.recorded - count;
    later.total = this.total - sum;
    if (later.recorded <= 0) return new Histogram().snapshot();
    const least = later.buckets.findIndex((bucket) => bucket > 0);
    const most = later.buckets.findLastIndex((bucket) => bucket > 0);
    later.least = Math.max(this.least, least === 0 ? 0 : upperBound(least - 1));
    later.most = Math.min(this.most, upperBound(most));
    return later.snapshot();
  }

  reset(): void {
    this.buckets.fill(0);
    this.recorded = this.total = 0;
    this.least = Infinity;
    this.most = -Infinity;
  }
}

/** Bucket of a duration, counted in microseconds: linear up to `SPLIT`, then `SPLIT` per octave. */
function bucketOf(duration: number): number {
  const micros = Math.min(Math.round(duration * 1000), 2 ** (OCTAVES + SPLIT_BITS - 2));
  if (micros < SPLIT) return micros;
  const octave = Math.floor(Math.log2(micros)) - SPLIT_BITS;
  return (octave + 1) * SPLIT + Math.floor(micros / 2 ** octave) - SPLIT;
}

/** The largest duration that falls into a bucket, in milliseconds. The last bucket takes whatever is longer. */
function upperBound(index: number): number {
  if (index >= LAST_BUCKET) return Infinity;
  if (index < SPLIT) return index / 1000;
  const octave = Math.floor(index / SPLIT) - 1;
  return ((index % SPLIT) + SPLIT + 1) * (2 ** octave / 1000) - 1 / 1000;
}

const LAST_BUCKET = bucketOf(Infinity);
