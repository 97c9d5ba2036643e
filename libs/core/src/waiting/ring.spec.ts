import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Ring } from './ring.js';

type Act = { readonly do: 'push' | 'shift' | 'replace' | 'filter'; readonly by: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('push' as const), by: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('shift' as const), by: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replace' as const), by: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('filter' as const), by: fc.integer({ min: 2, max: 5 }) }) },
);

describe('a ring', () => {
  it('is a queue of entries and their numbers, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const ring = new Ring<string>();
        let model: [entry: string, number: number][] = [];
        let made = 0;
        for (const next of acts) {
          if (next.do === 'push') {
            for (let left = next.by; left > 0; left--) {
              ring.push(`entry ${made}`, made + 0.5);
              model.push([`entry ${made}`, made++ + 0.5]);
            }
          }
          if (next.do === 'shift') {
            for (let left = Math.min(next.by, model.length); left > 0; left--) {
              expect([ring.first, ring.firstNumber]).toEqual(model.shift());
              ring.shift();
            }
          }
          const place = model[next.by];
          if (next.do === 'replace' && place) ring.replace(next.by, (place[0] = `another ${next.by}`));
          if (next.do === 'filter') {
            const keep = (entry: string): boolean => entry.length % next.by !== 0;
            ring.filter(keep);
            model = model.filter(([entry]) => keep(entry));
          }
          expect(Array.from({ length: ring.length }, (_, index) => [ring.at(index), ring.numberAt(index)])).toEqual(
            model,
          );
        }
      }),
    );
  });

  it('keeps nothing of what has gone', () => {
    const ring = new Ring<object>();
    for (let number = 0; number < 100; number++) ring.push({ number }, number);
    for (let number = 0; number < 60; number++) ring.shift();
    ring.filter((entry) => (entry as { number: number }).number > 90);
    const { entries } = ring as unknown as { entries: unknown[] };
    expect(entries.filter((entry) => entry !== undefined)).toHaveLength(9);
    expect(entries.length).toBeLessThan(20);
  });

  it('gives back the places of a crowd that has gone', () => {
    const ring = new Ring<number>();
    for (let number = 0; number < 100_000; number++) ring.push(number, number);
    while (ring.length > 0) ring.shift();
    expect((ring as unknown as { entries: unknown[] }).entries.length).toBeLessThan(20);
  });
});
