import { Histogram, type HistogramMark, type HistogramSnapshot } from '../metrics/histogram.js';
import type { HistoryBudget } from './history-budget.js';

/** With a mark every 10 s, five minutes. */
const MOST_MARKS = 31;
const BYTES_PER_BUCKET = 10;
const BYTES_PER_MARK = 64;

interface Mark {
  /** Monotonic. */
  readonly at: number;
  readonly marks: ReadonlyMap<string, HistogramMark>;
  readonly bytes: number;
}

/** Durations of the last minutes. */
export interface TimingsWindow {
  /** Milliseconds that it covers: at least what was asked for, or all that is remembered. */
  readonly duration: number;
  /** By name: `wait`, `use`, `create` of a pool. */
  readonly timings: Readonly<Record<string, HistogramSnapshot>>;
}

/**
 * What the histograms of one resource recorded lately. A histogram holds all since the start, where an incident is one of a
 * million; the difference to a mark of some time ago shows it.
 *
 *     marks    ├──────┼──────┼──────┤  now          since(mark) = what lies between
 */
export class RecentTimings {
  private readonly marks: Mark[] = [];

  constructor(private readonly budget: HistoryBudget) {}

  /** Sets a mark in the histograms of a resource, if it has any and there is room. */
  record(resource: object | undefined, now: number): void {
    const histograms = histogramsOf(resource);
    if (histograms.length === 0) return;
    if (this.marks.length >= MOST_MARKS) this.forgetOldest();
    const marks = new Map(histograms.map(([name, histogram]) => [name, histogram.mark()] as const));
    const bytes = bytesOf(marks);
    if (this.budget.take(bytes)) this.marks.push({ at: now, marks, bytes });
  }

  /** What was recorded in the last `duration` milliseconds. Nothing if there are no histograms, or no mark yet. */
  window(resource: object | undefined, now: number, duration: number): TimingsWindow | undefined {
    const mark = this.marks.findLast(({ at }) => at <= now - duration) ?? this.marks[0];
    if (!mark) return undefined;
    const timings = histogramsOf(resource).flatMap(([name, histogram]) => {
      const before = mark.marks.get(name);
      return before ? [[name, histogram.since(before)] as const] : [];
    });
    return { duration: now - mark.at, timings: Object.fromEntries(timings) };
  }

  /** Gives its memory back to the budget. Not to be used afterwards. */
  end(): void {
    while (this.marks.length > 0) this.forgetOldest();
  }

  private forgetOldest(): void {
    this.budget.give(this.marks.shift()?.bytes ?? 0);
  }
}

function bytesOf(marks: ReadonlyMap<string, HistogramMark>): number {
  return [...marks.values()].reduce((sum, { indexes }) => sum + BYTES_PER_MARK + BYTES_PER_BUCKET * indexes.length, 0);
}

/** The histograms that a resource shows under `histograms`, as a pool does. */
function histogramsOf(resource: object | undefined): (readonly [string, Histogram])[] {
  try {
    const { histograms } = (resource ?? {}) as { histograms?: unknown };
    if (typeof histograms !== 'object' || histograms === null) return [];
    return Object.entries(histograms).filter((entry): entry is [string, Histogram] => entry[1] instanceof Histogram);
  } catch {
    // A getter of that name may be for other occasions.
    return [];
  }
}
