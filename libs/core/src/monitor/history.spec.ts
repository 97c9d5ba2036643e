import { describe, expect, it } from '@jest/globals';

import { HistoryBudget } from './history-budget.js';
import { windowOf } from './history-window.js';
import { History } from './history.js';

const MEBIBYTE = 1024 * 1024;
const leased = (value: number): Map<string, number> => new Map([['leased', value]]);

function history(size: number, budget = new HistoryBudget(MEBIBYTE)): History {
  const begun = History.begin(size, budget);
  if (!begun) throw new Error('The budget was too small for the test.');
  return begun;
}

describe('History', () => {
  it('keeps the newest samples in columns, oldest first', () => {
    const samples = history(3);
    for (let second = 1; second <= 5; second++) samples.record(second * 1000, 'HEALTHY', leased(second));
    expect(samples.read()).toEqual({
      t: [3000, 4000, 5000],
      health: ['HEALTHY', 'HEALTHY', 'HEALTHY'],
      figures: { leased: [3, 4, 5] },
    });
  });

  it('says null where a figure was missing, also before it was first seen', () => {
    const samples = history(3);
    samples.record(1, 'UNKNOWN', leased(1));
    samples.record(2, 'UNKNOWN', new Map([['late', 2]]));
    expect(samples.read()).toMatchObject({ figures: { leased: [1, null], late: [null, 2] } });
  });

  it('reads from an instant on, and no closer than a step', () => {
    const samples = history(10);
    for (let second = 1; second <= 10; second++) samples.record(second * 1000, 'DEGRADED', leased(second));
    expect(samples.read({ from: 4000, step: 3000 }).t).toEqual([4000, 7000, 10_000]);
  });

  it('gives the newest samples if all would be too many numbers', () => {
    const history = History.begin(10, new HistoryBudget(10_000));
    for (let time = 1; time <= 10; time++) history?.record(time, 'HEALTHY', new Map([['size', time]]));
    expect(history?.read({ most: 9 }).t).toEqual([8, 9, 10]);
    expect(history?.read({ most: 1 }).figures).toEqual({ size: [10] });
  });

  it('takes no more columns than it may, nor more memory than the budget has, and gives all of it back', () => {
    const budget = new HistoryBudget(MEBIBYTE);
    const many = new Map(Array.from({ length: 100 }, (_, index) => [`figure ${index}`, index]));
    const samples = history(360, budget);
    samples.record(1, 'HEALTHY', many);
    expect(Object.keys(samples.read().figures)).toHaveLength(48);
    expect(samples.bytes).toBe(budget.used);
    samples.end();
    expect(budget.used).toBe(0);

    const tight = history(360, new HistoryBudget(360 * (8 + 1 + 8)));
    tight.record(1, 'HEALTHY', many);
    expect(Object.keys(tight.read().figures)).toEqual(['figure 0']);
    expect(History.begin(360, new HistoryBudget(100))).toBeUndefined();
  });
});

describe('A window of a history', () => {
  it('has percentiles of the samples and the growth of a counter', () => {
    const samples = history(100);
    for (let second = 1; second <= 100; second++) samples.record(second * 1000, 'HEALTHY', leased(second * 2));
    expect(windowOf(samples.read())).toEqual({
      from: 1000,
      to: 100_000,
      samples: 100,
      figures: {
        leased: {
          first: 2,
          last: 200,
          min: 2,
          max: 200,
          mean: 101,
          p50: 100,
          p95: 190,
          p99: 198,
          change: 198,
          changePerSecond: 2,
        },
      },
    });
  });

  it('is empty without samples', () => {
    expect(windowOf(history(3).read())).toEqual({ from: null, to: null, samples: 0, figures: {} });
  });
});
