import { describe, expect, it } from '@jest/globals';
import { poolOptionTable } from '@nestjs-resources/core';

import { mergeOptions } from './merge-options.js';

describe('mergeOptions', () => {
  it('merges groups of options one by one, and replaces everything else', () => {
    const base = { maxSize: 5, timeouts: { create: 1_000, destroy: 2_000 }, leaks: { nested: true } };
    const own = { maxSize: 7, timeouts: { create: 50 } };
    expect(mergeOptions(poolOptionTable, base, own)).toEqual({
      maxSize: 7,
      timeouts: { create: 50, destroy: 2_000 },
      leaks: { nested: true },
    });
  });

  it('takes undefined for not given, and leaves what it is given as it was', () => {
    const base = Object.freeze({ maxSize: 5 });
    expect(mergeOptions(poolOptionTable, base, { maxSize: undefined, minSize: 1 })).toEqual({ maxSize: 5, minSize: 1 });
    expect(mergeOptions(poolOptionTable, undefined, { minSize: 1 })).toEqual({ minSize: 1 });
  });
});
