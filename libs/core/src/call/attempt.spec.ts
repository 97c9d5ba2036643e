import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { attempt, type AttemptOptions } from './attempt.js';
import { pause } from './pause.js';

function setUp(options: Partial<AttemptOptions<number>> = {}): { clock: ManualClock; options: AttemptOptions<number> } {
  const clock = new ManualClock();
  return { clock, options: { clock, what: 'Opening a connection', timeout: 100, resource: 'db', ...options } };
}

function after<R>(clock: ManualClock, duration: number, value: R): Promise<R> {
  return new Promise((resolve) => void clock.schedule(duration, () => resolve(value)));
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('an attempt', () => {
  it('returns a synchronous result as it is, without promise or timer', () => {
    const { clock, options } = setUp({ hold: true });
    expect(attempt(() => 42, options)).toEqual({ ok: true, value: 42 });
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('turns what is thrown into an outcome', () => {
    const { clock, options } = setUp();
    const error = new Error('no');
    const work = (): never => {
      throw error;
    };
    expect(attempt(work, options)).toEqual({ ok: false, error, because: 'failed' });
    expect(clock.pending).toBe(0);
  });

  it('turns what a foreign `then` throws into an outcome', async () => {
    const torn = new Error('torn');
    class Torn {
      // oxlint-disable-next-line unicorn/no-thenable -- what this is about
      then(): never {
        throw torn;
      }
    }
    const foreign = (): PromiseLike<never> => new Torn();
    const outcome = await attempt(foreign, { clock: new ManualClock(), what: 'It', timeout: Infinity });
    expect(outcome).toEqual({ ok: false, error: torn, because: 'failed' });
  });

  it('turns a result and a rejection into an outcome, and takes its timer away', async () => {
    const { clock, options } = setUp({ hold: true });
    expect(await attempt(() => Promise.resolve(42), options)).toEqual({ ok: true, value: 42 });
    const error = new Error('no');
    const failing = attempt(() => Promise.reject(error), options);
    expect(clock.held).toBe(true);
    expect(await failing).toEqual({ ok: false, error, because: 'failed' });
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('gives up what hangs, and tells it', async () => {
    const { clock, options } = setUp();
    let signal: AbortSignal | undefined;
    const outcome = attempt((context) => ((signal = context.signal), never()), options);
    await clock.advance(99);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await outcome).toMatchObject({
      ok: false,
      because: 'timed out',
      error: { code: 'CALL_TIMEOUT', timeout: 100, resource: 'db' },
    });
    expect(signal?.reason).toMatchObject({
      message: expect.stringContaining('Opening a connection did not end within 100 ms'),
    });
  });

  it('hands a result that comes too late to whoever cleans up, once', async () => {
    const late: number[] = [];
    const { clock, options } = setUp({ late: (value) => void late.push(value) });
    const outcome = attempt(() => after(clock, 150, 42), options);
    await clock.advance(100);
    expect(await outcome).toMatchObject({ because: 'timed out' });
    expect(late).toEqual([]);
    await clock.advance(100);
    expect(late).toEqual([42]);
  });

  it('says nothing of an error that comes too late', async () => {
    const { clock, options } = setUp({ late: () => expect('called').toBe('never') });
    const outcome = attempt(() => after(clock, 150, 1).then(() => Promise.reject(new Error('late'))), options);
    await clock.advance(300);
    expect(await outcome).toMatchObject({ because: 'timed out' });
  });

  it('gives up when aborted, with the reason, and does not begin when that has happened already', async () => {
    const { clock, options } = setUp();
    const controller = new AbortController();
    const reason = new Error('enough');
    let inner: AbortSignal | undefined;
    const work = ({ signal }: { readonly signal: AbortSignal }): Promise<number> => ((inner = signal), never());
    const outcome = attempt(work, { ...options, signal: controller.signal });
    controller.abort(reason);
    expect(await outcome).toEqual({ ok: false, error: reason, because: 'aborted' });
    expect([inner?.reason, clock.pending]).toEqual([reason, 0]);
    let begun = false;
    expect(attempt(() => ((begun = true), 1), { ...options, signal: controller.signal })).toMatchObject({
      because: 'aborted',
    });
    expect(begun).toBe(false);
  });

  it('gives up also when the work itself made the caller give up, and tells the work in the same step', async () => {
    const { clock, options } = setUp();
    const told: boolean[] = [];
    const whileCalled = (work: (signal: AbortSignal) => number | Promise<number>): unknown => {
      const controller = new AbortController();
      return attempt(
        ({ signal }) => {
          told.push(signal.aborted);
          controller.abort('enough');
          told.push(signal.aborted);
          return work(signal);
        },
        { ...options, signal: controller.signal },
      );
    };
    const aborted = { ok: false, error: 'enough', because: 'aborted' };
    expect(await whileCalled(never)).toEqual(aborted);
    expect(await whileCalled((signal) => Promise.reject(signal.reason as Error))).toEqual(aborted);
    expect(
      whileCalled((signal) => {
        signal.throwIfAborted();
        return 1;
      }),
    ).toEqual(aborted);
    expect(whileCalled(() => 42)).toEqual({ ok: true, value: 42 });
    expect(told).toEqual([false, true, false, true, false, true, false, true]);
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('makes its signal for those who read it, also after the end', async () => {
    const { clock, options } = setUp();
    let context: { readonly signal: AbortSignal } | undefined;
    const outcome = attempt((given) => ((context = given), never()), options);
    await clock.advance(100);
    await outcome;
    expect(context?.signal.aborted).toBe(true);
    expect(context?.signal).toBe(context?.signal);
  });

  it('waits for ever when there is no limit, and then holds no process', async () => {
    const { clock, options } = setUp({ timeout: Infinity, hold: true });
    const outcome = attempt(() => after(clock, 1_000_000, 42), options);
    expect([clock.pending, clock.held]).toEqual([1, false]);
    await clock.advance(1_000_000);
    expect(await outcome).toEqual({ ok: true, value: 42 });
  });

  it('listens once to a signal, however many attempts and pauses are under way for it', async () => {
    const { clock, options } = setUp();
    const controller = new AbortController();
    const { signal } = controller;
    const attempts = Array.from({ length: 20 }, () => attempt(never, { ...options, signal }));
    const pauses = Array.from({ length: 20 }, () => pause(clock, 1_000, signal).catch((reason: unknown) => reason));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort('enough');
    for (const outcome of attempts) expect(await outcome).toEqual({ ok: false, error: 'enough', because: 'aborted' });
    expect(await Promise.all(pauses)).toEqual(pauses.map(() => 'enough'));
    expect([getEventListeners(signal, 'abort').length, clock.pending, clock.held]).toEqual([0, 0, false]);
  });

  it('leaves no listener on the signal it was given', async () => {
    const { options } = setUp();
    let listeners = 0;
    const signal = {
      aborted: false,
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
    } as unknown as AbortSignal;
    await attempt(() => Promise.resolve(1), { ...options, signal });
    await attempt(() => Promise.reject(new Error('no')), { ...options, signal });
    void attempt(() => 1, { ...options, signal });
    void attempt(
      () => {
        throw new Error('no');
      },
      { ...options, signal },
    );
    expect(listeners).toBe(0);
  });
});
