import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { IdleList } from './idle-list.js';
import type { Lender } from './lease.js';
import { Slot } from './slot.js';

const NOBODY = {} as Lender<string>;

describe('an idle list', () => {
  it('knows its hottest and its coldest, whoever leaves from wherever', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('push' as const), fc.nat(20)), { maxLength: 60 }), (acts) => {
        const list = new IdleList<string>();
        const expected: Slot<string>[] = [];
        const out = Array.from({ length: 20 }, () => new Slot<string>(NOBODY, 0));
        for (const act of acts) {
          if (act === 'push') {
            const slot = out.pop();
            if (!slot) continue;
            expected.push(slot);
            list.push(slot);
          } else {
            const [slot] = expected.splice(act % Math.max(1, expected.length), 1);
            if (!slot) continue;
            out.push(slot);
            list.unlink(slot);
          }
          expect(list.length).toBe(expected.length);
          expect(list.coldest).toBe(expected[0]);
          expect(list.hottest).toBe(expected.at(-1));
        }
        for (let slot = list.coldest; slot; slot = list.coldest) {
          expect(slot).toBe(expected.shift());
          list.unlink(slot);
        }
        expect(expected).toEqual([]);
      }),
    );
  });
});
