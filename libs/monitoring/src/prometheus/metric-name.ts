import type { MetricFamily } from '../catalogue/metric-family.js';

/** `pool.wait` in seconds as `resource_pool_wait_seconds`: base unit as suffix, `_total` on counters only. */
export function metricName({ name, unit, type }: MetricFamily, prefix: string): string {
  const words = [prefix, ...name.split('.')];
  if (unit === 's') words.push('seconds');
  if (type === 'counter') words.push('total');
  return words.join('_');
}
