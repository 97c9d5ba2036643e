import type { MetricObjectWithValues, MetricValueWithName } from 'prom-client';

import type { Durations, MetricFamily, Sample } from '../catalogue/metric-family.js';
import type { Scrape } from '../catalogue/reading.js';

type Value = Partial<MetricValueWithName<string>> & {
  readonly value: number;
  readonly labels: Record<string, string>;
  readonly sharedLabels?: Readonly<Record<string, string>>;
};

/**
 * A metric that holds nothing: its samples are made when it is asked. What a registry of prom-client needs of a metric, and
 * no more; prom-client's own classes keep every series until somebody removes it.
 */
export class PulledMetric {
  readonly aggregator = 'sum';
  readonly help: string;
  readonly type: MetricFamily['type'];
  /** A registry in OpenMetrics mode takes `_total` off the names of counters. */
  name: string;

  constructor(
    name: string,
    private readonly family: MetricFamily,
    private readonly scrape: Scrape,
  ) {
    this.name = name;
    this.help = family.help;
    this.type = family.type;
  }

  async get(): Promise<MetricObjectWithValues<never>> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.values() } as unknown as MetricObjectWithValues<never>;
  }

  /** There is nothing to reset. */
  reset(): void {}

  private values(): Value[] {
    const { family, scrape, name } = this;
    const readings = scrape.take();
    if (family.type === 'gauge' || family.type === 'counter') {
      return readings.flatMap((reading) => family.samples(reading).map(plain));
    }
    const { type } = family;
    return readings.flatMap((reading) =>
      family.samples(reading).flatMap((sample) => durationValues(name, type, sample)),
    );
  }
}

function plain({ labels, value }: Sample): Value {
  return { labels: { ...labels }, value };
}

/** The labels of all lines of one series are the same object: prom-client then writes them out once. */
function durationValues(name: string, type: 'histogram' | 'summary', { labels, value }: Sample<Durations>): Value[] {
  const { count, sum, buckets } = value;
  const totals = [
    { metricName: `${name}_sum`, labels: {}, sharedLabels: labels, value: sum },
    { metricName: `${name}_count`, labels: {}, sharedLabels: labels, value: count },
  ];
  if (type === 'summary') return totals;
  const bounds = [...buckets, [Infinity, count] as const];
  const lines = bounds.map(([bound, upTo]) => ({
    metricName: `${name}_bucket`,
    labels: { le: bound === Infinity ? '+Inf' : String(bound) },
    sharedLabels: labels,
    value: upTo,
  }));
  return [...lines, ...totals];
}
