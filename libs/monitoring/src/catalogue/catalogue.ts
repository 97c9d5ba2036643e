import { breakerFamilies } from './breaker-families.js';
import type { MetricFamily } from './metric-family.js';
import { poolFamilies } from './pool-families.js';
import { resourceFamilies } from './resource-families.js';

/** All metrics there are: names, units, labels and meaning, once for all exporters. */
export const catalogue: readonly MetricFamily[] = [...resourceFamilies, ...poolFamilies, ...breakerFamilies];
