import { describe, expect, it } from '@jest/globals';
import { paced } from './refusals.js';

const refused = (): Promise<never> => paced(Promise.reject(new Error('no')));

describe('refusals', () => {
  it('leave the event loop its turns, however often one tries again', async () => {
    let turn = false;
    setImmediate(() => (turn = true));
    let tries = 0;
    while (!turn) {
      await refused().catch(() => tries++);
      if (tries === 100_000) break;
    }
    expect(turn).toBe(true);
    expect(tries).toBeGreaterThanOrEqual(100);
  });

  it('are told at once as long as they are few', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    let turn = false;
    setImmediate(() => (turn = true));
    for (let n = 0; n < 50; n++) await refused().catch(() => 'expected');
    expect(turn).toBe(false);
  });

  it('are the same errors, and what succeeds is left alone', async () => {
    await expect(refused()).rejects.toThrow('no');
    await expect(paced(Promise.resolve(1))).resolves.toBe(1);
  });
});
