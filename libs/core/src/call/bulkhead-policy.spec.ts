import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { BulkheadPolicy, type BulkheadOptions } from './bulkhead-policy.js';

function bulkheadOf(options: BulkheadOptions): { bulkhead: BulkheadPolicy; clock: ManualClock } {
  const clock = new ManualClock();
  return { bulkhead: new BulkheadPolicy(options, { clock, what: 'The renderer', resource: 'renderer' }), clock };
}

/** Work that notes when it begins and ends by hand. */
class Shift {
  readonly begun: number[] = [];
  private readonly ends = new Map<number, (value: number) => void>();

  work(id: number): () => Promise<number> {
    return () => {
      this.begun.push(id);
      return new Promise((resolve) => this.ends.set(id, resolve));
    };
  }

  end(id: number): void {
    this.ends.get(id)?.(id);
  }
}

describe('A bulkhead', () => {
  it('lets so many through at once, and the others in the order in which they came', async () => {
    const { bulkhead, clock } = bulkheadOf({ maxConcurrent: 2 });
    const shift = new Shift();
    const calls = [1, 2, 3, 4].map((id) => bulkhead.execute(shift.work(id)));
    await clock.advance(0);
    expect(shift.begun).toEqual([1, 2]);
    expect([bulkhead.running, bulkhead.waiting]).toEqual([2, 2]);
    shift.end(2);
    await clock.advance(0);
    expect(shift.begun).toEqual([1, 2, 3]);
    for (const id of [1, 3]) shift.end(id);
    await clock.advance(0);
    shift.end(4);
    await expect(Promise.all(calls)).resolves.toEqual([1, 2, 3, 4]);
    expect([bulkhead.running, bulkhead.waiting]).toEqual([0, 0]);
    expect(clock.held).toBe(false);
  });

  it('a newcomer never overtakes who waits', async () => {
    const { bulkhead, clock } = bulkheadOf({ maxConcurrent: 1 });
    const shift = new Shift();
    void bulkhead.execute(shift.work(1));
    void bulkhead.execute(shift.work(2));
    shift.end(1);
    void bulkhead.execute(shift.work(3));
    await clock.advance(0);
    void bulkhead.execute(shift.work(4));
    await clock.advance(0);
    expect(shift.begun).toEqual([1, 2]);
    shift.end(2);
    await clock.advance(0);
    expect(shift.begun).toEqual([1, 2, 3]);
  });

  it('refuses at once when the queue is full', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1, queueLimit: 1 });
    const shift = new Shift();
    void bulkhead.execute(shift.work(1));
    void bulkhead.execute(shift.work(2));
    await expect(bulkhead.execute(shift.work(3))).rejects.toMatchObject({
      code: 'BULKHEAD_FULL',
      resource: 'renderer',
      maxConcurrent: 1,
      queueLimit: 1,
      waited: 0,
      message:
        'The renderer is full: 1 calls under way, 1 waiting. ' +
        'Make the calls shorter, or raise maxConcurrent, queueLimit or queueTimeout.',
    });
  });

  it('refuses who has waited too long', async () => {
    const { bulkhead, clock } = bulkheadOf({ maxConcurrent: 1, queueTimeout: 500 });
    const shift = new Shift();
    void bulkhead.execute(shift.work(1));
    const late = bulkhead.execute(shift.work(2));
    late.catch(() => undefined);
    await clock.advance(500);
    await expect(late).rejects.toMatchObject({ code: 'BULKHEAD_FULL', waited: 500 });
    shift.end(1);
    await clock.advance(0);
    expect(shift.begun).toEqual([1]);
    expect(bulkhead.running).toBe(0);
  });

  it('an aborted one leaves the queue at once and stalls nobody', async () => {
    const { bulkhead, clock } = bulkheadOf({ maxConcurrent: 1 });
    const shift = new Shift();
    const controller = new AbortController();
    void bulkhead.execute(shift.work(1));
    const aborted = bulkhead.execute(shift.work(2), { signal: controller.signal });
    const next = bulkhead.execute(shift.work(3));
    controller.abort();
    await expect(aborted).rejects.toBe(controller.signal.reason);
    expect(bulkhead.waiting).toBe(1);
    shift.end(1);
    await clock.advance(0);
    shift.end(3);
    await expect(next).resolves.toBe(3);
  });

  it('one aborted in the very step of its turn does not begin, and passes the turn on', async () => {
    const { bulkhead, clock } = bulkheadOf({ maxConcurrent: 1 });
    const shift = new Shift();
    const controller = new AbortController();
    void bulkhead.execute(shift.work(1));
    const second = bulkhead.execute(shift.work(2), { signal: controller.signal });
    second.catch(() => undefined);
    void bulkhead.execute(shift.work(3));
    shift.end(1);
    while (bulkhead.waiting === 2) await Promise.resolve();
    controller.abort();
    await clock.advance(0);
    await expect(second).rejects.toBe(controller.signal.reason);
    expect(shift.begun).toEqual([1, 3]);
  });

  it('gives the permit back when the work throws', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1, queueLimit: 0 });
    const boom = new Error('boom');
    for (const work of [
      () => Promise.reject(boom),
      (): never => {
        throw boom;
      },
    ])
      await expect(bulkhead.execute(work)).rejects.toBe(boom);
    await expect(bulkhead.execute(() => 'fine')).resolves.toBe('fine');
  });

  it('refuses options that cannot work', () => {
    expect(() => bulkheadOf({ maxConcurrent: 0, queueTimeout: -1 })).toThrow(
      /The renderer[^]*maxConcurrent[^]*queueTimeout/,
    );
  });
});
