import type { MetricObjectWithValues, MetricValueWithName } from 'prom-client';

import type { MetricFamily, Sample, SummaryFigures } from '../catalogue/metric-family.js';
import type { Scrape } from '../catalogue/reading.js';

type Value = Partial<MetricValueWithName<string>> & { readonly value: number; readonly labels: Record<string, string> };

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
    if (family.type !== 'summary') return readings.flatMap((reading) => family.samples(reading).map(plain));
    return readings.flatMap((reading) => family.samples(reading).flatMap((sample) => summaryValues(name, sample)));
  }
}

function plain({ labels, value }: Sample): Value {
  return { labels: { ...labels }, value };
}

function summaryValues(name: string, { labels, value }: Sample<SummaryFigures>): Value[] {
  const quantiles = Object.entries(value.quantiles).map(([quantile, seconds]) => ({
    labels: { ...labels, quantile },
    value: seconds,
  }));
  return [
    ...quantiles,
    { metricName: `${name}_sum`, labels: { ...labels }, value: value.sum },
    { metricName: `${name}_count`, labels: { ...labels }, value: value.count },
  ];
}
