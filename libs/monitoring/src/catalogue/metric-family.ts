import type { Reading } from './reading.js';

/** Durations since the start, in seconds. */
export interface Durations {
  readonly count: number;
  readonly sum: number;
  /** How many were at most as long as each bound, the shortest bound first; empty where nobody has counted so finely. */
  readonly buckets: readonly (readonly [bound: number, count: number])[];
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

/** Durations: how many, how long together, and, as a histogram, how many up to each bound. */
export interface DurationFamily extends Described {
  readonly type: 'histogram' | 'summary';
  samples(reading: Reading): readonly Sample<Durations>[];
}

/** A metric and where its numbers come from. What a resource does not know makes no sample, rather than a wrong one. */
export type MetricFamily = GaugeFamily | CounterFamily | DurationFamily;
