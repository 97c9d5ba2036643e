import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Deadlines, Timed } from './deadlines.js';
import { ManualClock } from './manual-clock.js';

class Entry extends Timed {
  expiries: number[] = [];
  isWatched = false;
}

type Act =
  | { readonly do: 'watch'; readonly entry: number; readonly timeout: number }
  | { readonly do: 'forget'; readonly entry: number; readonly timeout: number }
  | { readonly do: 'advance'; readonly by: number }
  | { readonly do: 'freeze'; readonly by: number };

const HOW_MANY = 100;
// More distinct timeouts than lanes, and a few that are frequent.
const timeout = fc.oneof(fc.constantFrom(10, 20, 30), fc.integer({ min: 1, max: 200 }), fc.constant(Infinity));
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('watch' as const), entry: fc.nat(HOW_MANY - 1), timeout }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('forget' as const), entry: fc.nat(HOW_MANY - 1), timeout }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), by: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('freeze' as const), by: fc.nat(40) }) },
);

function setUp(expired: (entry: Entry) => void = () => undefined): { clock: ManualClock; deadlines: Deadlines<Entry> } {
  const clock = new ManualClock();
  const deadlines = new Deadlines<Entry>(clock, (entry) => {
    entry.isWatched = false;
    entry.expiries.push(clock.now());
    expired(entry);
  });
  return { clock, deadlines };
}

describe('deadlines', () => {
  it('expire exactly once, never early, and hold the process exactly while something is watched', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 300 }), (acts) => {
        const { clock, deadlines } = setUp();
        const entries = Array.from({ length: HOW_MANY }, () => new Entry());
        const due = new Map<Entry, number>();
        for (const next of acts) {
          if (next.do === 'advance') clock.advanceSync(next.by);
          else if (next.do === 'freeze') clock.freeze(next.by);
          else {
            const entry = entries[next.entry] as Entry;
            if (next.do === 'forget') {
              deadlines.forget(entry);
              if (entry.isWatched) due.delete(entry);
              entry.isWatched = false;
            } else if (!entry.isWatched) {
              entry.expiries = [];
              due.delete(entry);
              entry.isWatched = next.timeout !== Infinity;
              if (entry.isWatched) due.set(entry, clock.now() + next.timeout);
              deadlines.watch(entry, next.timeout);
            }
          }
          expect(clock.held).toBe(entries.some(({ isWatched }) => isWatched));
        }
        clock.advanceSync(1_000);
        for (const entry of entries) {
          const deadline = due.get(entry);
          expect(entry.expiries).toHaveLength(deadline === undefined ? 0 : 1);
          if (deadline !== undefined) expect(entry.expiries[0]).toBeGreaterThanOrEqual(deadline);
        }
        expect([clock.pending, clock.held]).toEqual([0, false]);
      }),
    );
  });

  it('expire in time while the clock is not frozen', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 200 })), { maxLength: 200 }), (plan) => {
        const { clock, deadlines } = setUp();
        const watched = plan.map(([pause, duration]) => {
          clock.advanceSync(pause);
          const entry = new Entry();
          deadlines.watch(entry, duration);
          return { entry, at: clock.now() + duration };
        });
        clock.advanceSync(1_000);
        for (const { entry, at } of watched) expect(entry.expiries).toEqual([at]);
      }),
    );
  });

  it('need one timer for all entries of a timeout, and none for what was forgotten in time', () => {
    const { clock, deadlines } = setUp();
    const entries = Array.from({ length: 1_000 }, () => new Entry());
    for (const entry of entries) deadlines.watch(entry, 50);
    expect(clock.pending).toBe(1);
    for (const entry of entries) deadlines.forget(entry);
    deadlines.forget(new Entry());
    expect(clock.held).toBe(false);
    clock.advanceSync(50);
    expect(clock.pending).toBe(0);
  });

  it('may be set again by what an expiry does', () => {
    let left = 3;
    const { clock, deadlines } = setUp((entry) => void (left-- > 0 && deadlines.watch(entry, 10)));
    const entry = new Entry();
    deadlines.watch(entry, 10);
    clock.advanceSync(100);
    expect(entry.expiries).toEqual([10, 20, 30, 40]);
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('can all be cleared, however many timeouts there are', () => {
    const { clock, deadlines } = setUp();
    const entries = Array.from({ length: 200 }, () => new Entry());
    for (const [index, entry] of entries.entries()) deadlines.watch(entry, index + 1);
    deadlines.clear();
    expect([clock.pending, clock.held]).toEqual([0, false]);
    clock.advanceSync(1_000);
    expect(entries.every(({ expiries }) => expiries.length === 0)).toBe(true);
  });
});
