import { describe, expect, it } from '@jest/globals';
import { SessionLimit } from './session-limit.js';

const signal = new AbortController().signal;

describe('the limit of sessions', () => {
  it('counts a session once, however often it takes a connection', () => {
    const limit = new SessionLimit(2, undefined);
    const [one, two, three] = [{}, {}, {}];
    expect(limit.tryTake(one)).toBe(true);
    expect(limit.tryTake(one)).toBe(true);
    expect(limit.tryTake(two)).toBe(true);
    expect(limit.tryTake(three)).toBe(false);
  });

  it('gets back from a session what it took, and no more', () => {
    const limit = new SessionLimit(1, undefined);
    const [one, two, three] = [{}, {}, {}];
    limit.tryTake(one);
    limit.give(two);
    expect(limit.tryTake(two)).toBe(false);
    limit.give(one);
    limit.give(one);
    expect(limit.tryTake(two)).toBe(true);
    expect(limit.tryTake(three)).toBe(false);
  });

  it('counts one that waited like any other', async () => {
    const limit = new SessionLimit(1, undefined);
    const [one, two] = [{}, {}];
    limit.tryTake(one);
    const waiting = limit.take(two, { signal });
    expect(limit.waiting).toBe(1);
    limit.give(one);
    await waiting;
    expect(limit.tryTake(two)).toBe(true);
    expect(limit.tryTake(one)).toBe(false);
    limit.give(two);
    expect(limit.tryTake(one)).toBe(true);
  });

  it('is told, with how long was waited', async () => {
    const limit = new SessionLimit(1, 'database');
    limit.tryTake({});
    const refused = limit.take({}, { signal, timeout: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'SESSION_LIMIT', limit: 1, timeout: 1, resource: 'database' });
    expect(limit.waiting).toBe(0);
  });
});
