import { describe, expect, it } from '@jest/globals';
import { OneAtATime } from './one-at-a-time.js';

describe('one at a time', () => {
  it('lets the first in at once and the others in order', async () => {
    const turns = new OneAtATime();
    const seen: number[] = [];
    expect(turns.enter()).toBeUndefined();
    const second = Promise.resolve(turns.enter()).then(() => seen.push(2));
    const third = Promise.resolve(turns.enter()).then(() => seen.push(3));
    await Promise.resolve();
    expect(seen).toEqual([]);
    turns.leave();
    await second;
    expect(seen).toEqual([2]);
    turns.leave();
    await third;
    turns.leave();
    expect(turns.enter()).toBeUndefined();
  });

  it('lets one who gives up waiting go, and does not count him', async () => {
    const turns = new OneAtATime();
    const impatient = new AbortController();
    void turns.enter();
    const given = turns.enter({ signal: impatient.signal });
    impatient.abort(new Error('too long'));
    await expect(given).rejects.toThrow('too long');
    turns.leave();
    expect(turns.enter()).toBeUndefined();
  });
});
