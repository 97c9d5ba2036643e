import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { metricName } from '../prometheus/metric-name.js';
import { catalogue } from './catalogue.js';

const docs = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');

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
    for (const family of catalogue) {
      expect(family.help).toMatch(/\.$/);
      const row = docs.split('\n').find((line) => line.startsWith(`| \`${metricName(family, 'resource')}\` `));
      expect(row).toContain(`| ${family.labels.join(', ')} `);
      expect(row).toContain(family.help);
      expect(row).toContain(`| ${family.type} `);
      expect(row).toContain(`\`resource.${family.name}`);
    }
  });

  it('is all that the alerts of the docs ask for, by names and labels that exist', () => {
    const [, alerts = ''] = /## What to be woken by\n\n```\n([^`]+)```/.exec(docs) ?? [];
    const asked = [...alerts.matchAll(/(resource_[a-z_]+?)(?:_bucket)?(?:\{(\w+)[^}]*\})?(?=[^a-z_{])/g)];
    expect(asked.length).toBeGreaterThan(8);
    for (const [, name, label] of asked) {
      const family = catalogue.find((one) => metricName(one, 'resource') === name);
      expect([name, family?.name]).toEqual([name, expect.any(String)]);
      if (label) expect(family?.labels).toContain(label);
    }
  });
});
