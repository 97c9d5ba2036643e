import { describe, expect, it } from '@jest/globals';

import type { ResourceHealth } from '../resource/health.js';
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
});
