import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { metricName } from '../prometheus/metric-name.js';
import { catalogue } from './catalogue.js';

describe('The catalogue of metrics', () => {
  it('has each name once, in the form that both worlds take', () => {
    const names = catalogue.map((family) => metricName(family, 'resource'));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z_]*[a-z]$/);
    for (const { name } of catalogue) expect(name).toMatch(/^[a-z_]+(\.[a-z_]+)*$/);
  });

  it('ends names of counters, and only those, with total, and those of durations with seconds', () => {
    for (const family of catalogue) {
      const name = metricName(family, 'resource');
      expect([name, name.endsWith('_total')]).toEqual([name, family.type === 'counter']);
      expect([name, name.includes('_seconds')]).toEqual([name, family.unit === 's']);
    }
  });

  it('says of each metric what it is, and the docs say the same', () => {
    const docs = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
    for (const family of catalogue) {
      expect(family.help).toMatch(/\.$/);
      expect(docs).toContain(`\`${metricName(family, 'resource')}\``);
      expect(docs).toContain(family.help);
    }
  });
});
