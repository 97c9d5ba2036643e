import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@nestjs-resources/core';

import { Overrides } from './overrides.js';

function bench() {
  const clock = new ManualClock();
  const overrides = new Overrides(clock);
  const reverted: string[] = [];
  return { clock, overrides, reverted, revert: (what: string) => () => void reverted.push(what) };
}

describe('Overrides', () => {
  it('end by themselves', async () => {
    const { clock, overrides, reverted, revert } = bench();
    overrides.begin('bounds smtp', 1_000, revert('first'));
    await clock.advance(999);
    expect(reverted).toEqual([]);
    await clock.advance(1);
    expect(reverted).toEqual(['first']);
  });

  it('take the place of one another and put back what was before the first', async () => {
    const { clock, overrides, reverted, revert } = bench();
    overrides.begin('bounds smtp', 1_000, revert('first'));
    overrides.begin('bounds smtp', 5_000, revert('second'));
    overrides.begin('gate smtp', 2_000, revert('other'));
    await clock.advance(10_000);
    expect(reverted).toEqual(['other', 'first']);
  });

  it('do not end a second time when they were ended by hand, or the application ended', async () => {
    const { clock, overrides, reverted, revert } = bench();
    overrides.begin('bounds smtp', 1_000, revert('by hand'));
    overrides.begin('gate smtp', 1_000, revert('by the end'));
    overrides.forget('bounds smtp');
    overrides.clear();
    await clock.advance(10_000);
    expect([reverted, clock.pending]).toEqual([[], 0]);
  });
});
