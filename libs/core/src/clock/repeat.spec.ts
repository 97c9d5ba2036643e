import { describe, expect, it } from '@jest/globals';

import { ManualClock } from './manual-clock.js';
import { repeat } from './repeat.js';

describe('repeating', () => {
  it('goes on after each interval until it is stopped', async () => {
    const clock = new ManualClock();
    const runs: number[] = [];
    const stop = repeat(clock, 10, () => void runs.push(clock.now()));
    await clock.advance(35);
    stop();
    await clock.advance(100);
    expect(runs).toEqual([10, 20, 30]);
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('never overtakes a run that is slow', async () => {
    const clock = new ManualClock();
    const runs: number[] = [];
    const stop = repeat(clock, 10, () => {
      runs.push(clock.now());
      return new Promise((resolve) => void clock.schedule(25, resolve));
    });
    await clock.advance(100);
    expect(runs).toEqual([10, 45, 80]);
    stop();
  });

  it('may be stopped by its own run, also while that run lasts', async () => {
    const clock = new ManualClock();
    let runs = 0;
    const stop = repeat(clock, 10, () => {
      runs++;
      stop();
      return Promise.resolve();
    });
    await clock.advance(100);
    expect([runs, clock.pending]).toEqual([1, 0]);
  });

  it('varies each pause by its jitter', async () => {
    const clock = new ManualClock();
    const runs: number[] = [];
    const drawn = [0, 0.5, 1 - 2 ** -32];
    const stop = repeat(clock, 100, () => void runs.push(Math.round(clock.now())), {
      jitter: 0.1,
      random: () => drawn.shift() ?? 0.5,
    });
    await clock.advance(300);
    stop();
    expect(runs).toEqual([90, 190, 300]);
  });
});
