import { describe, expect, it } from '@jest/globals';

import { FlapDetector } from './flap-detector.js';

function after(results: string): FlapDetector {
  const detector = new FlapDetector();
  for (const letter of results) detector.accept(letter === 'H' ? 'HEALTHY' : 'UNHEALTHY');
  return detector;
}

describe('FlapDetector', () => {
  it('notices results that change half of the time or more', () => {
    expect(after('HU'.repeat(10)).flapping).toBe(true);
    expect(after('HHUU'.repeat(5)).flapping).toBe(false);
  });

  it('waits for twenty results before it says anything', () => {
    expect(after('HU'.repeat(9)).flapping).toBe(false);
  });

  it('is calm again only when less than a quarter of the results change', () => {
    const flapping = 'HU'.repeat(10);
    expect(after(flapping + 'U'.repeat(10)).flapping).toBe(true);
    expect(after(flapping + 'U'.repeat(16)).flapping).toBe(false);
  });

  it('forgets everything with a reset', () => {
    const detector = after('HU'.repeat(10));
    detector.reset();
    expect([detector.flapping, detector.changes]).toEqual([false, 0]);
  });
});
