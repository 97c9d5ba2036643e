import { AsyncLocalStorage } from 'node:async_hooks';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { SystemClock } from './system-clock.js';

const DAY = 86_400_000;

/** Timers that keep the process alive. */
function holding(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

describe('the timers of the system clock', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('run once, after their delay', () => {
    const run = jest.fn();
    new SystemClock().schedule(100, run);
    jest.advanceTimersByTime(99);
    expect(run).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1_000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('run after a delay that is longer than a timer can be', () => {
    const run = jest.fn();
    new SystemClock().schedule(60 * DAY, run);
    jest.advanceTimersByTime(60 * DAY - 1);
    expect(run).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('can be cancelled, also in the middle of such a delay, and after the fact', () => {
    const run = jest.fn();
    const cancel = new SystemClock().schedule(60 * DAY, run);
    jest.advanceTimersByTime(30 * DAY);
    cancel();
    cancel();
    jest.advanceTimersByTime(60 * DAY);
    expect(run).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are never asked for a negative delay, of which Node warns from version 24 on', () => {
    const asked = jest.spyOn(globalThis, 'setTimeout');
    new SystemClock().schedule(-0.05, () => undefined);
    expect(asked).toHaveBeenCalledWith(expect.any(Function), 0);
    asked.mockRestore();
  });

  it('are not made for ever', () => {
    new SystemClock().schedule(Infinity, () => undefined)();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('carry no context of whoever set them', () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const clock = new SystemClock();
    storage.run('a request', () => clock.schedule(1, () => seen.push(storage.getStore())));
    jest.advanceTimersByTime(1);
    expect(seen).toEqual([undefined]);
  });
});

describe('the system clock', () => {
  it('never steps back, and knows the date', () => {
    const clock = new SystemClock();
    const first = clock.now();
    expect(clock.now()).toBeGreaterThanOrEqual(first);
    expect(Math.abs(clock.wallNow() - Date.now())).toBeLessThan(1_000);
  });

  it('is read once for all that follows from one callback', async () => {
    const clock = new SystemClock();
    const began = clock.turnNow();
    const end = clock.now() + 5;
    while (clock.now() < end) await Promise.resolve();
    expect(clock.turnNow()).toBe(began);
  });

  it('keeps the process alive exactly while somebody holds', () => {
    const clock = new SystemClock();
    const before = holding();
    const cancel = clock.schedule(DAY, () => undefined);
    expect(holding()).toBe(before);
    const [first, second] = [clock.hold(), clock.hold()];
    expect(holding()).toBe(before + 1);
    first();
    first();
    expect(holding()).toBe(before + 1);
    second();
    expect(holding()).toBe(before);
    const third = clock.hold();
    expect(holding()).toBe(before + 1);
    third();
    expect(holding()).toBe(before);
    cancel();
  });
});
