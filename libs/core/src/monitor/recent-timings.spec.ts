import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ManualClock } from '../clock/manual-clock.js';
import { Histogram } from '../metrics/histogram.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import { HistoryBudget } from './history-budget.js';
import { RecentTimings } from './recent-timings.js';
import { ResourceMonitor } from './resource-monitor.js';

function record(histogram: Histogram, duration: number, times: number): void {
  for (let left = times; left > 0; left--) histogram.record(duration);
}

describe('Timings of the last minutes', () => {
  it('show an incident that the percentiles since the start hide', async () => {
    const clock = new ManualClock();
    const wait = new Histogram();
    const registry = new ResourceRegistry({ clock });
    registry.register('smtp', { histograms: { wait }, getMetrics: () => ({ type: 'pool', name: 'smtp' }) } as object);
    const monitor = new ResourceMonitor(registry, { clock, system: false, jitter: 0 });
    await registry.start();
    monitor.start();
    record(wait, 1, 100_000);
    await clock.advance(600_000);
    record(wait, 800, 50);
    await clock.advance(5_000);
    expect(wait.percentile(99)).toBeLessThan(2);
    const { timings } = monitor.getWindow('smtp', 60_000);
    expect(timings?.duration).toBeGreaterThanOrEqual(60_000);
    expect(timings?.duration).toBeLessThanOrEqual(70_000);
    expect(timings?.timings.wait).toMatchObject({ count: 50, mean: expect.closeTo(800) });
    expect(timings?.timings.wait?.p50).toBeGreaterThanOrEqual(800);
    await clock.advance(60_000);
    expect(monitor.getWindow('smtp', 30_000).timings?.timings.wait).toMatchObject({ count: 0, p99: null });
    // Longer ago than is remembered: as much as there is.
    expect(monitor.getWindow('smtp', 3_600_000).timings).toMatchObject({
      duration: expect.any(Number),
      timings: { wait: { count: 50 } },
    });
  });

  it('take their memory from the budget, no more than it has, and give all of it back', () => {
    const wait = new Histogram();
    for (let duration = 1; duration < 1_000_000; duration *= 1.05) wait.record(duration);
    const budget = new HistoryBudget(10_000);
    const timings = new RecentTimings(budget);
    for (let now = 0; now < 1_000_000; now += 10_000) timings.record({ histograms: { wait } }, now);
    expect(budget.used).toBeGreaterThan(7_000);
    expect(budget.used).toBeLessThanOrEqual(10_000);
    timings.end();
    expect(budget.used).toBe(0);
  });

  it('are absent for what has no histograms, and bear what only looks like some', () => {
    const timings = new RecentTimings(new HistoryBudget(10_000));
    for (const odd of [undefined, {}, { histograms: null }, { histograms: { wait: 3 } }, { histograms: 'x' }]) {
      timings.record(odd, 0);
      expect(timings.window(odd, 10, 5)).toBeUndefined();
    }
  });

  it('are what was recorded after the mark, whatever was before', () => {
    const durations = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { maxLength: 50 });
    fc.assert(
      fc.property(durations, durations, (before, after) => {
        const whole = new Histogram();
        const alone = new Histogram();
        for (const duration of before) whole.record(duration);
        const mark = whole.mark();
        for (const duration of after) {
          whole.record(duration);
          alone.record(duration);
        }
        const { count, p50, p95, p99 } = whole.since(mark);
        expect(count).toBe(alone.count);
        for (const [percent, found] of [
          [50, p50],
          [95, p95],
          [99, p99],
        ] as const) {
          const exact = alone.percentile(percent);
          if (exact === null) expect(found).toBeNull();
          else expect(found).toBeGreaterThanOrEqual(exact * 0.999 - 0.001);
          if (exact !== null) expect(found).toBeLessThanOrEqual(exact * 1.07 + 0.002);
        }
      }),
    );
  });
});
