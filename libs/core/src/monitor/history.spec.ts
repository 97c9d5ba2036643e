import { describe, expect, it } from '@jest/globals';

import { HistoryBudget } from './history-budget.js';
import { History } from './history.js';

const figures = (leased: number): Map<string, number> => new Map([['leased', leased]]);

describe('History', () => {
  it('keeps the newest samples in columns, oldest first', () => {
    const history = new History(3, figures(0));
    for (let second = 1; second <= 5; second++) history.record(second * 1000, 'HEALTHY', figures(second));
    expect(history.read()).toEqual({
      t: [3000, 4000, 5000],
      health: ['HEALTHY', 'HEALTHY', 'HEALTHY'],
      figures: { leased: [3, 4, 5] },
    });
  });

  it('says null where a figure was missing and ignores figures that came later', () => {
    const history = new History(2, figures(0));
    history.record(1, 'UNKNOWN', new Map([['late', 1]]));
    expect(history.read()).toEqual({ t: [1], health: ['UNKNOWN'], figures: { leased: [null] } });
  });

  it('reads from an instant on, and no closer than a step', () => {
    const history = new History(10, figures(0));
    for (let second = 1; second <= 10; second++) history.record(second * 1000, 'DEGRADED', figures(second));
    expect(history.read({ from: 4000, step: 3000 }).t).toEqual([4000, 7000, 10_000]);
  });

  it('takes as much memory as it said before, whatever it is given', () => {
    const many = new Map(Array.from({ length: 100 }, (_, index) => [`figure ${index}`, index]));
    const history = new History(360, many);
    expect(history.bytes).toBe(History.bytesFor(360, many));
    expect(Object.keys(history.read().figures)).toHaveLength(24);
  });
});

describe('HistoryBudget', () => {
  it('refuses what exceeds the limit and takes back what is given', () => {
    const budget = new HistoryBudget(100);
    expect([budget.take(60), budget.take(60), budget.used]).toEqual([true, false, 60]);
    budget.give(60);
    expect([budget.take(100), budget.used]).toEqual([true, 100]);
  });
});
