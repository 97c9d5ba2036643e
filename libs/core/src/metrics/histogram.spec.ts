import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Histogram } from './histogram.js';

/** From microseconds to an hour, evenly over the orders of magnitude. */
const duration = fc.double({ min: -3, max: 6.5, noNaN: true }).map((exponent) => 10 ** exponent);

function exact(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] as number;
}

describe('a histogram', () => {
  it('gives percentiles that are never too low and at most one sixteenth and a microsecond too high', () => {
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 100 }),
        (values, percent) => {
          const histogram = new Histogram();
          for (const value of values) histogram.record(value);
          const right = exact(values, percent);
          const given = histogram.percentile(percent) as number;
          expect(given).toBeGreaterThanOrEqual(right - 0.000_501);
          expect(given).toBeLessThanOrEqual(right * (1 + 1 / 16) + 0.001);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps count, sum, least and most exactly', () => {
    const histogram = new Histogram();
    for (const value of [5, 1, -3, 10]) histogram.record(value);
    expect(histogram.snapshot()).toMatchObject({ count: 4, sum: 16, min: 0, max: 10, mean: 4, p99: 10 });
  });

  it('says nothing when nothing was recorded, also after a reset', () => {
    const histogram = new Histogram();
    const empty = { count: 0, sum: 0, min: null, max: null, mean: null, p50: null, p95: null, p99: null };
    expect(histogram.snapshot()).toEqual(empty);
    histogram.record(1);
    histogram.reset();
    expect(histogram.snapshot()).toEqual(empty);
    histogram.record(3);
    expect(histogram.snapshot()).toMatchObject({ count: 1, min: 3, max: 3, p50: 3 });
  });

  it('counts what does not exceed a bound, as well as its buckets can tell', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), duration, (values, bound) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const least = values.filter((value) => value * (1 + 1 / 16) + 0.002 <= bound).length;
        const most = values.filter((value) => value <= bound + 0.001).length;
        expect(histogram.countUpTo(bound)).toBeGreaterThanOrEqual(least);
        expect(histogram.countUpTo(bound)).toBeLessThanOrEqual(most);
      }),
      { numRuns: 500 },
    );
  });

  it('bears what is absurdly long', () => {
    const histogram = new Histogram();
    for (const value of [1e12, 1e300, Number.MAX_VALUE]) histogram.record(value);
    expect(histogram.percentile(100)).toBe(Number.MAX_VALUE);
    expect(histogram.percentile(1)).toBeGreaterThan(0);
  });
});
