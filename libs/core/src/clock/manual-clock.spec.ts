import { describe, expect, it } from '@jest/globals';

import { ManualClock } from './manual-clock.js';

describe('virtual time', () => {
  it('stands still until somebody moves it', async () => {
    const clock = new ManualClock(5, 1_000);
    expect([clock.now(), clock.wallNow()]).toEqual([5, 1_000]);
    await clock.advance(10);
    expect([clock.now(), clock.wallNow()]).toEqual([15, 1_010]);
  });

  it('runs alarms in the order of their instants, then of their setting, each at its instant', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    const note = (name: string) => (): void => void log.push(`${name} at ${clock.now()}`);
    clock.schedule(20, note('late'));
    clock.schedule(10, note('first'));
    clock.schedule(10, note('second'));
    clock.schedule(-5, note('overdue'));
    clock.schedule(Infinity, note('never'));
    await clock.advance(15);
    expect(log).toEqual(['overdue at 0', 'first at 10', 'second at 10']);
    expect([clock.pending, clock.now()]).toEqual([1, 15]);
  });

  it('lets promises settle in between, so that what they set within the duration runs too', async () => {
    const clock = new ManualClock();
    const log: number[] = [];
    const tick = async (): Promise<void> => {
      await Promise.resolve();
      log.push(clock.now());
      clock.schedule(10, () => void tick());
    };
    clock.schedule(10, () => void tick());
    await clock.advance(35);
    expect(log).toEqual([10, 20, 30]);
  });

  it('can pass in one step', () => {
    const clock = new ManualClock();
    const log: number[] = [];
    const cancel = clock.schedule(5, () => log.push(5));
    clock.schedule(7, () => log.push(7));
    cancel();
    clock.advanceSync(10);
    expect(log).toEqual([7]);
  });

  it('can freeze the process: time has passed, and nothing has run', async () => {
    const clock = new ManualClock(0, 0);
    const seen: number[] = [];
    clock.schedule(10, () => seen.push(clock.now()));
    clock.freeze(1_000);
    clock.freeze(60, { wallOnly: true });
    expect([clock.now(), clock.wallNow(), seen.length]).toEqual([1_000, 1_060, 0]);
    await clock.advance(0);
    expect(seen).toEqual([1_000]);
  });

  it('knows whether a process would be kept alive', () => {
    const clock = new ManualClock();
    const [first, second] = [clock.hold(), clock.hold()];
    first();
    first();
    expect(clock.held).toBe(true);
    second();
    expect(clock.held).toBe(false);
  });
});
