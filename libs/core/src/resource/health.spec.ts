import { describe, expect, it } from '@jest/globals';

import { compareHealth, contribution, isResourceHealth, ResourceHealth, worstHealth } from './health.js';

const { HEALTHY, DEGRADED, UNKNOWN, UNHEALTHY } = ResourceHealth;

describe('health', () => {
  it('has a total order', () => {
    expect([UNHEALTHY, HEALTHY, UNKNOWN, DEGRADED].toSorted(compareHealth)).toEqual([
      HEALTHY,
      DEGRADED,
      UNKNOWN,
      UNHEALTHY,
    ]);
  });

  it('of several is the worst, and of none is good', () => {
    expect(worstHealth([HEALTHY, UNKNOWN, DEGRADED])).toBe(UNKNOWN);
    expect(worstHealth([])).toBe(HEALTHY);
  });

  it('of what is not critical is never worse than degraded for the others', () => {
    expect([HEALTHY, DEGRADED, UNKNOWN, UNHEALTHY].map((health) => contribution(health, false))).toEqual([
      HEALTHY,
      DEGRADED,
      DEGRADED,
      DEGRADED,
    ]);
    expect(contribution(UNHEALTHY, true)).toBe(UNHEALTHY);
  });

  it('is told from anything else', () => {
    expect(['HEALTHY', 'healthy', 'toString', 1, undefined].map(isResourceHealth)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
