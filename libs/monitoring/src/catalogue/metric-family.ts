import type { Reading } from './reading.js';

/** What a summary says of durations since the start, in seconds. */
export interface SummaryFigures {
  readonly count: number;
  readonly sum: number;
  /** By quantile, 0 to 1; empty when nothing was recorded. */
  readonly quantiles: Readonly<Record<string, number>>;
}

/** One series at one instant. */
export interface Sample<V = number> {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: V;
}

interface Described {
  /** Dotted, without prefix or unit; each exporter makes its own name of it. */
  readonly name: string;
  readonly help: string;
  /** As OpenTelemetry writes units: `s`, `1`, `{connection}`. */
  readonly unit: string;
  readonly labels: readonly string[];
}

/** A number of now. */
export interface GaugeFamily extends Described {
  readonly type: 'gauge';
  samples(reading: Reading): readonly Sample[];
}

/** A number that only grows. */
export interface CounterFamily extends Described {
  readonly type: 'counter';
  samples(reading: Reading): readonly Sample[];
}

/** Durations: how many, how long together, and percentiles. */
export interface SummaryFamily extends Described {
  readonly type: 'summary';
  samples(reading: Reading): readonly Sample<SummaryFigures>[];
}

/** A metric and where its numbers come from. What a resource does not know makes no sample, rather than a wrong one. */
export type MetricFamily = GaugeFamily | CounterFamily | SummaryFamily;
