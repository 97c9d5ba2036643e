import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { WaitingLine } from './waiting-line.js';

/** Joins those who wait at the instants of their arrival, and says when each of them was refused. */
async function play(
  arrivals: readonly { readonly at: number; readonly timeout: number; readonly signal?: AbortSignal }[],
): Promise<{ refusedAt: (number | undefined)[]; clock: ManualClock; line: WaitingLine<string> }> {
  const clock = new ManualClock();
  const line = new WaitingLine<string>(clock, () => new Error('late'));
  const refusedAt = arrivals.map((): number | undefined => undefined);
  for (const [index, { at, ...options }] of arrivals.entries()) {
    await clock.advance(at - clock.now());
    line.join(options).then(undefined, () => (refusedAt[index] = clock.now()));
  }
  await clock.advance(100_000);
  return { refusedAt, clock, line };
}

describe('the deadlines of a line', () => {
  it('comes for each in its time, with nobody there to move the line', async () => {
    const { refusedAt } = await play([
      { at: 0, timeout: 50 },
      { at: 20, timeout: 50 },
      { at: 30, timeout: 10 },
      { at: 30, timeout: 30_000 },
      { at: 45, timeout: 50 },
    ]);
    expect(refusedAt).toEqual([50, 70, 40, 30_030, 95]);
  });

  it("is each one's own, also of those who are ready to wait for long", async () => {
    const { refusedAt } = await play([
      { at: 0, timeout: 30_000 },
      { at: 7_000, timeout: 30_000 },
    ]);
    expect(refusedAt).toEqual([30_000, 37_000]);
  });

  it('comes for those behind somebody who waits for ever, or under a signal', async () => {
    const { signal } = new AbortController();
    const { refusedAt } = await play([
      { at: 0, timeout: Infinity },
      { at: 1, timeout: 50 },
      { at: 2, timeout: 50, signal },
      { at: 3, timeout: 50 },
      { at: 4, timeout: Infinity, signal },
    ]);
    expect(refusedAt).toEqual([undefined, 51, 52, 53, undefined]);
  });

  it('comes early enough for one who is in more of a hurry than those who stood there before', async () => {
    const clock = new ManualClock();
    const line = new WaitingLine<string>(clock, () => new Error('late'));
    const served = line.join({ timeout: 30_000 });
    line.grant('served');
    await served;
    let refused = false;
    line.join({ timeout: 20 }).then(undefined, () => (refused = true));
    await clock.advance(20);
    expect(refused).toBe(true);
  });

  it('leaves one timer for each timeout, however the line got used to another one', async () => {
    const clock = new ManualClock();
    const line = new WaitingLine<string>(clock, () => new Error('late'));
    const join = (timeout: number): void => void line.join({ timeout }).then(undefined, () => undefined);
    const empty = (): void => {
      while (line.grant('served')) expect(line.length).toBeGreaterThanOrEqual(0);
    };
    join(10);
    join(40);
    empty();
    await clock.advance(10);
    expect(clock.pending).toBe(1);
    join(40);
    expect(clock.pending).toBe(1);
    empty();
    line.stop();
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('is counted from the joining, not from the beginning of a long turn of the event loop', async () => {
    class BlockedClock extends ManualClock {
      turnNow(): number {
        return 0;
      }
    }
    const clock = new BlockedClock();
    const line = new WaitingLine<string>(clock, () => new Error('late'));
    clock.freeze(8_000);
    let refused = false;
    line.join({ timeout: 30_000 }).then(undefined, () => (refused = true));
    await clock.advance(29_999);
    expect(refused).toBe(false);
    await clock.advance(1);
    expect(refused).toBe(true);
  });
});
