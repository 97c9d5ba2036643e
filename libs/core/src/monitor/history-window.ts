import type { HistoryColumns } from './history.js';
import type { TimingsWindow } from './recent-timings.js';

/** One figure over a time: percentiles of its samples, and by how much it has grown. */
export interface FigureWindow {
  readonly first: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** From the first sample to the last: of a counter, how much happened. */
  readonly change: number;
  readonly changePerSecond: number;
}

/** What a resource did in a time. */
export interface HistoryWindow {
  /** Instants of the first and last sample, in milliseconds since the epoch; `null` without samples. */
  readonly from: number | null;
  readonly to: number | null;
  readonly samples: number;
  readonly figures: Readonly<Record<string, FigureWindow>>;
  /** Percentiles of the durations themselves, for at most the last five minutes. */
  readonly timings?: TimingsWindow;
}

export function windowOf({ t, figures }: HistoryColumns): HistoryWindow {
  const windows = Object.entries(figures).flatMap(([name, column]) => {
    const window = figureWindow(t, column);
    return window ? [[name, window] as const] : [];
  });
  return { from: t[0] ?? null, to: t.at(-1) ?? null, samples: t.length, figures: Object.fromEntries(windows) };
}

function figureWindow(t: readonly number[], column: readonly (number | null)[]): FigureWindow | undefined {
  const known = column.flatMap((value, row) => (value === null ? [] : [{ value, time: t[row] ?? 0 }]));
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last) return undefined;
  const sorted = known.map(({ value }) => value).sort((a, b) => a - b);
  const percentile = (percent: number): number => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? last.value;
  const change = last.value - first.value;
  const seconds = (last.time - first.time) / 1000;
  return {
    first: first.value,
    last: last.value,
    min: percentile(0.001),
    max: percentile(100),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
    change,
    changePerSecond: seconds > 0 ? change / seconds : 0,
  };
}
