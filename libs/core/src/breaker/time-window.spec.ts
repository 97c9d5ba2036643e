import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ManualClock } from '../clock/manual-clock.js';
import { CountWindow } from './count-window.js';
import { TimeWindow } from './time-window.js';

interface Call {
  readonly pause: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

const call: fc.Arbitrary<Call> = fc.record({
  pause: fc.oneof(fc.constantFrom(0, 1, 49, 50, 51, 949, 950, 999, 1_000, 1_001, 5_000, 3_600_000), fc.nat(400)),
  failed: fc.boolean(),
  slow: fc.boolean(),
});

describe('A time window', () => {
  it('counts exactly the calls of the slices it spans, after any pause', () => {
    fc.assert(
      fc.property(fc.array(call, { size: 'max', maxLength: 200 }), (calls) => {
        const clock = new ManualClock(12_345);
        const window = new TimeWindow(1_000, clock);
        const seen: { slice: number; failed: boolean; slow: boolean }[] = [];
        for (const { pause, failed, slow } of calls) {
          clock.advanceSync(pause);
          window.record(failed, slow, clock.now());
          const now = Math.floor(clock.now() / 50);
          seen.push({ slice: now, failed, slow });
          const inside = seen.filter(({ slice }) => now - slice < 20);
          expect([window.calls, window.failed, window.slow]).toEqual([
            inside.length,
            inside.filter((one) => one.failed).length,
            inside.filter((one) => one.slow).length,
          ]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps a call for at least nineteen twentieths of its length, and never longer than its length', () => {
    const clock = new ManualClock();
    const window = new TimeWindow(1_000, clock);
    window.record(true, false, clock.now());
    clock.advanceSync(999);
    window.settle();
    expect(window.failed).toBe(1);
    clock.advanceSync(1);
    window.settle();
    expect(window.failed).toBe(0);
    clock.advanceSync(49);
    window.record(true, false, clock.now());
    clock.advanceSync(950);
    window.settle();
    expect(window.failed).toBe(1);
  });

  it('is empty when read after a pause, without a call', () => {
    const clock = new ManualClock();
    const window = new TimeWindow(1_000, clock);
    for (let left = 10; left > 0; left--) window.record(true, true, clock.now());
    clock.freeze(3_600_000);
    window.settle();
    expect([window.calls, window.failed, window.slow]).toEqual([0, 0, 0]);
  });
});

describe('A count window', () => {
  it('counts exactly the last calls', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(call, { size: 'max', maxLength: 60 }), (size, calls) => {
        const window = new CountWindow(size);
        calls.forEach(({ failed, slow }, index) => {
          window.record(failed, slow);
          const inside = calls.slice(Math.max(0, index + 1 - size), index + 1);
          expect([window.calls, window.failed, window.slow]).toEqual([
            inside.length,
            inside.filter((one) => one.failed).length,
            inside.filter((one) => one.slow).length,
          ]);
        });
      }),
      { numRuns: 100 },
    );
  });
});
