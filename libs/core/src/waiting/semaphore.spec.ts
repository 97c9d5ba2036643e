import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Semaphore } from './semaphore.js';

describe('a semaphore', () => {
  it('never lends more than its limit, which may move', () => {
    const act = fc.oneof(fc.constant('take' as const), fc.constant('give' as const), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(fc.array(act), (acts) => {
        const semaphore = new Semaphore(3);
        let out = 0;
        for (const next of acts) {
          if (next === 'take') {
            const taken = semaphore.tryTake();
            expect(taken).toBe(out < semaphore.limit);
            if (taken) out++;
          } else if (next === 'give') {
            if (out > 0) semaphore.give();
            out = Math.max(0, out - 1);
          } else semaphore.resize(next);
          expect(semaphore.inUse).toBe(out);
        }
      }),
    );
  });

  it('announces room exactly when there is some', () => {
    const semaphore = new Semaphore(1);
    let heard = 0;
    const stop = semaphore.onRoom(() => void heard++);
    semaphore.tryTake();
    semaphore.give();
    expect(heard).toBe(1);
    semaphore.tryTake();
    semaphore.resize(2);
    expect(heard).toBe(2);
    semaphore.tryTake();
    semaphore.resize(1);
    semaphore.give();
    expect(heard).toBe(2);
    semaphore.give();
    expect(heard).toBe(3);
    stop();
    semaphore.resize(9);
    expect(heard).toBe(3);
  });

  it('takes nothing back that was never lent', () => {
    expect(() => new Semaphore(1).give()).toThrow(RangeError);
  });

  it('may have no limit', () => {
    const semaphore = new Semaphore(Infinity);
    for (let number = 0; number < 1_000; number++) expect(semaphore.tryTake()).toBe(true);
  });
});
