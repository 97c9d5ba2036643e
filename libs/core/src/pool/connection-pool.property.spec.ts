import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

import { anyPlan } from './pool-plan.fixture.js';
import { World } from './pool-world.fixture.js';

/**
 * A long run: `npm run test:pool:long`. A failure prints its seed and path; with both in `PROPERTY_SEED` and `PROPERTY_PATH`
 * it is played again.
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? (process.env['CI'] ? 2_000 : 300));
const { PROPERTY_SEED: SEED, PROPERTY_PATH: PATH } = process.env;

describe('whatever happens to a pool', () => {
  it('no resource has two holders, no more than maxSize exist, every promise settles, all is destroyed', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    let played = 0;
    await fc.assert(
      fc.asyncProperty(anyPlan, async (plan) => {
        played++;
        const violations = await new World(plan).play();
        if (violations.length > 0) throw new Error(violations.join('; '));
      }),
      { numRuns: RUNS, ...(SEED && { seed: Number(SEED) }), ...(PATH && { path: PATH, endOnFailure: true }) },
    );
    if (!PATH) expect(played).toBeGreaterThanOrEqual(RUNS);
  }, 7_200_000);
});
