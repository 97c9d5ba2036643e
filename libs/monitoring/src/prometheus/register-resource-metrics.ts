import { OptionsError } from '@nestjs-resources/core';
import { type Metric, register as defaultRegister, type Registry, type RegistryContentType } from 'prom-client';

import { catalogue } from '../catalogue/catalogue.js';
import { Scrape, type ReadingSources } from '../catalogue/reading.js';
import { metricName } from './metric-name.js';
import { PulledMetric } from './pulled-metric.js';

/** Where metrics appear unless they are given a place. */
export { defaultRegister };

export interface ResourceMetricsOptions {
  /** Where the metrics appear. @default prom-client's own `register` */
  readonly register?: Registry<RegistryContentType>;
  /** Begins every name. @default 'resource' */
  readonly prefix?: string;
}

/**
 * Puts all metrics into a registry of prom-client. Numbers are read when it is scraped, so a resource that is gone has no
 * series any more.
 *
 * @returns how to take them out again
 * @throws {OptionsError} if they are there already
 *
 * @example
 * registerResourceMetrics({ registry: app.get(ResourceRegistry), monitor: app.get(ResourceMonitor) });
 */
export function registerResourceMetrics(sources: ReadingSources, options: ResourceMetricsOptions = {}): () => void {
  const { register = defaultRegister, prefix = 'resource' } = options;
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(prefix)) {
    throw refused('prefix', 'must be letters, digits and _, not beginning with a digit');
  }
  const scrape = new Scrape(sources);
  const metrics = catalogue.map((family) => new PulledMetric(metricName(family, prefix), family, scrape));
  const taken = metrics.find(({ name }) => register.getSingleMetric(name));
  if (taken) {
    throw refused('register', `has a metric '${taken.name}' already; give each application a registry of its own`);
  }
  for (const metric of metrics) register.registerMetric(metric as unknown as Metric);
  const names = metrics.map(({ name }) => name);
  return () => names.forEach((name) => register.removeSingleMetric(name));
}

function refused(option: string, problem: string): OptionsError {
  return new OptionsError('Prometheus metrics', [{ option, problem }]);
}
