import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ManualClock } from '../clock/manual-clock.js';
import { WaitingLine, type Waiter } from './waiting-line.js';

class TooLate extends Error {}
class Refused extends Error {}

function setUp(): { clock: ManualClock; line: WaitingLine<number>; left: string[] } {
  const clock = new ManualClock();
  const left: string[] = [];
  const timedOut = ({ label }: Waiter<number>): Error => new TooLate(label);
  const line = new WaitingLine<number>(clock, timedOut, ({ label = '' }) => void left.push(label));
  return { clock, line, left };
}

type Act =
  | { readonly do: 'join'; readonly timeout: number; readonly abortable: boolean }
  | { readonly do: 'grant' | 'claim' | 'refuse' }
  | { readonly do: 'abort'; readonly who: number }
  | { readonly do: 'advance' | 'freeze'; readonly by: number };

const TIMEOUTS = [10, 25, 40, Infinity];
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      timeout: fc.constantFrom(...TIMEOUTS),
      abortable: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('grant' as const, 'grant' as const, 'claim' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), who: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('advance' as const, 'freeze' as const), by: fc.nat(20) }) },
);

/** As the system clock within one turn of the event loop, however long that is blocked. */
class BlockedClock extends ManualClock {
  turnNow(): number {
    return 0;
  }
}

describe('a waiting line', () => {
  it('refuses who is late by now, also when the turn of the event loop began in time', async () => {
    const clock = new BlockedClock();
    const line = new WaitingLine<number>(clock, () => new TooLate());
    const waiting = line.join({ timeout: 50 });
    clock.freeze(100);
    expect(line.grant(1)).toBe(false);
    await expect(waiting).rejects.toBeInstanceOf(TooLate);
  });

  it('settles everybody exactly once, serves in the order of arrival, and needs a timer per timeout', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 80 }), async (acts) => {
        const { clock, line } = setUp();
        const controllers: AbortController[] = [];
        const settled: number[] = [];
        const served: number[] = [];
        let joined = 0;
        let granted = 0;
        for (const next of acts) {
          if (next.do === 'join') {
            const who = joined++;
            const controller = new AbortController();
            controllers[who] = controller;
            const { timeout, abortable } = next;
            line.join({ timeout, signal: abortable ? controller.signal : undefined, label: `${who}` }).then(
              () => (settled.push(who), served.push(who)),
              (error: unknown) => {
                settled.push(who);
                expect(error instanceof TooLate || error instanceof Refused || error === `abort ${who}`).toBe(true);
              },
            );
          }
          if (next.do === 'grant' && line.grant(1)) granted++;
          if (next.do === 'claim') {
            const waiter = line.claim();
            waiter?.resolve(1);
            if (waiter) granted++;
          }
          if (next.do === 'refuse') line.refuseAll(() => new Refused());
          if (next.do === 'abort') controllers[next.who]?.abort(`abort ${next.who}`);
          if (next.do === 'advance') clock.advanceSync(next.by);
          if (next.do === 'freeze') clock.freeze(next.by);
          expect(clock.pending).toBeLessThanOrEqual(TIMEOUTS.length - 1);
        }
        await clock.advance(0);
        expect(joined - settled.length).toBe(line.length);
        line.refuseAll(() => new Refused());
        await clock.advance(100);
        expect(settled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: joined }, (_, who) => who));
        expect(served).toHaveLength(granted);
        expect(served).toEqual(served.toSorted((a, b) => a - b));
        expect([line.length, clock.pending, clock.held]).toEqual([0, 0, false]);
      }),
    );
  }, 60_000);

  it('tells whose time is over, with what the caller makes of it', async () => {
    const { clock, line, left } = setUp();
    const waiting = line.join({ timeout: 10, label: 'export' });
    const refused = expect(waiting).rejects.toThrow(new TooLate('export'));
    await clock.advance(10);
    await refused;
    expect([left, line.length]).toEqual([['export'], 0]);
  });

  it('does not serve somebody whose time is over although the timer is late', async () => {
    const { clock, line, left } = setUp();
    const late = expect(line.join({ timeout: 10, label: 'late' })).rejects.toBeInstanceOf(TooLate);
    const patient = line.join({ timeout: 1_000 });
    clock.freeze(10);
    expect(line.grant(7)).toBe(true);
    await late;
    expect([await patient, left]).toEqual([7, ['late']]);
  });

  it('rejects with the reason of the signal, also of one that is aborted already', async () => {
    const { line, left } = setUp();
    const reason = new Error('client has gone');
    const controller = new AbortController();
    const waiting = expect(line.join({ timeout: Infinity, signal: controller.signal, label: 'a' })).rejects.toBe(
      reason,
    );
    controller.abort(reason);
    await waiting;
    await expect(line.join({ timeout: Infinity, signal: controller.signal })).rejects.toBe(reason);
    expect([left, line.length]).toEqual([['a'], 0]);
  });

  it('leaves no listener on a signal', async () => {
    const { line } = setUp();
    const { signal } = new AbortController();
    let listeners = 0;
    const counted = {
      aborted: false,
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
    } as unknown as typeof signal;
    for (let number = 0; number < 3; number++) {
      const waiting = line.join({ timeout: Infinity, signal: counted });
      line.grant(number);
      await waiting;
    }
    expect(listeners).toBe(0);
  });

  it('refuses those who wait now, and not those who join because of it', async () => {
    const { line } = setUp();
    let second: Promise<number> | undefined;
    const first = line.join({ timeout: Infinity });
    line.refuseAll(() => {
      second = line.join({ timeout: Infinity });
      return new Refused();
    });
    await expect(first).rejects.toBeInstanceOf(Refused);
    expect(line.length).toBe(1);
    line.grant(3);
    expect(await second).toBe(3);
  });

  it('keeps little of those who left from behind somebody who still waits', () => {
    const { line } = setUp();
    const { ring } = line as unknown as { ring: { length: number } };
    void line.join({ timeout: Infinity });
    for (let number = 0; number < 1_000; number++) {
      const controller = new AbortController();
      line.join({ timeout: Infinity, signal: controller.signal }).then(undefined, () => 'It is not wanted.');
      controller.abort();
      expect(ring.length).toBeLessThanOrEqual(2 * line.length + 65);
    }
    expect(line.length).toBe(1);
  });

  it('keeps what is granted when nobody waits', () => {
    const { line } = setUp();
    expect(line.grant(1)).toBe(false);
    expect(line.claim()).toBeUndefined();
  });
});
