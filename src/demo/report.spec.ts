import { describe, expect, it } from '@jest/globals';
import { crowd } from './crowd.js';
import { atLeast, atMost, exactly } from './finding.js';
import { allHeld, asTable } from './report.js';

describe('the report of the demo', () => {
  const step = { title: 'ten orders', took: 5, findings: [exactly('orders kept', 'database', 10, 10)] };
  const broken = { title: 'a limit', took: 5, findings: [atMost('connections', 'pg_stat_activity', 11, 10)] };

  it('is a table of what was seen and what was expected', () => {
    expect(asTable([step, broken])).toBe(
      [
        '               seen  expected  seen by',
        'ten orders',
        '  orders kept    10        10  database          ✔',
        'a limit',
        '  connections    11      ≤ 10  pg_stat_activity  ✘',
      ].join('\n'),
    );
  });

  it('holds only if every finding does', () => {
    expect([allHeld([step]), allHeld([step, broken])]).toEqual([true, false]);
    expect([atLeast('orders', 'clients', 1, 2).held, atLeast('orders', 'clients', 2, 2).held]).toEqual([false, true]);
  });
});

it('a crowd does each thing once, and no more than its clients at a time', async () => {
  let atOnce = 0;
  let most = 0;
  const done = await crowd(20, 3, async (index) => {
    most = Math.max(most, ++atOnce);
    await new Promise(setImmediate);
    atOnce--;
    return index;
  });
  expect([most, new Set(done).size]).toEqual([3, 20]);
});
