import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { compareHealth, type ResourceHealth } from '../resource/health.js';
import { Hysteresis } from './hysteresis.js';

const NAMES: Readonly<Record<string, ResourceHealth>> = {
  H: 'HEALTHY',
  D: 'DEGRADED',
  U: 'UNHEALTHY',
  N: 'UNKNOWN',
};

/** What is published after each of the results, written as letters. */
function published(results: string, failures = 3, successes = 2): string {
  const hysteresis = new Hysteresis(failures, successes);
  return results
    .split('')
    .map((letter) => hysteresis.accept(NAMES[letter] ?? 'UNKNOWN'))
    .map((status) => Object.keys(NAMES).find((letter) => NAMES[letter] === status))
    .join('');
}

describe('Hysteresis', () => {
  it('is UNKNOWN until the first result, which counts at once', () => {
    expect(new Hysteresis(3, 2).status).toBe('UNKNOWN');
    expect(published('U')).toBe('U');
    expect(published('H')).toBe('H');
  });

  it('gets worse only after as many bad results in a row as the failure threshold', () => {
    expect(published('HUUU')).toBe('HHHU');
  });

  it('gets better only after as many good results in a row as the success threshold', () => {
    expect(published('UHH')).toBe('UUH');
  });

  it('counts only results in a row: failures spread over a month change nothing', () => {
    expect(published('HUHUUHUHUU')).toBe('HHHHHHHHHH');
    expect(published('UHUHUHU')).toBe('UUUUUUU');
  });

  it('publishes the mildest of the bad results and the worst of the good ones', () => {
    expect(published('HDUU')).toBe('HHHD');
    expect(published('HUDUU')).toBe('HHHDD');
    expect(published('HDUUU')).toBe('HHHDU');
    expect(published('UHD')).toBe('UUD');
  });

  it('changes at once with thresholds of 1', () => {
    expect(published('HUHDN', 1, 1)).toBe('HUHDN');
  });

  it('says the newest result as it came, and how often in a row', () => {
    const hysteresis = new Hysteresis(3, 2);
    for (const result of ['HEALTHY', 'UNHEALTHY', 'UNHEALTHY'] as const) hysteresis.accept(result);
    expect([hysteresis.status, hysteresis.raw, hysteresis.consecutive]).toEqual(['HEALTHY', 'UNHEALTHY', 2]);
  });

  it('lets the next result count at once after a reset', () => {
    const hysteresis = new Hysteresis(3, 2);
    hysteresis.accept('HEALTHY');
    hysteresis.reset();
    expect(hysteresis.status).toBe('UNKNOWN');
    expect(hysteresis.accept('UNHEALTHY')).toBe('UNHEALTHY');
  });

  it('never changes against a result that contradicts it, whatever comes', () => {
    const results = fc.array(fc.constantFrom<ResourceHealth>('HEALTHY', 'DEGRADED', 'UNKNOWN', 'UNHEALTHY'), {
      minLength: 1,
      maxLength: 60,
    });
    const threshold = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(results, threshold, threshold, (all, failures, successes) => {
        const hysteresis = new Hysteresis(failures, successes);
        all.forEach((result, index) => {
          const before = hysteresis.status;
          const after = hysteresis.accept(result);
          if (index === 0) return expect(after).toBe(result);
          const direction = Math.sign(compareHealth(after, before));
          const row = all.slice(Math.max(0, index + 1 - (direction > 0 ? failures : successes)), index + 1);
          // All results of the row lie on the side of the change, at least as far as what is published.
          if (direction !== 0) {
            expect(row).toHaveLength(direction > 0 ? failures : successes);
            expect(row.every((one) => direction * compareHealth(one, after) >= 0)).toBe(true);
          }
        });
      }),
    );
  });
});
