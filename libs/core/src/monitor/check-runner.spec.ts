import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { CheckLanes } from './check-lanes.js';
import { CheckRunner } from './check-runner.js';
import type { CheckResult } from './health-check.js';

function bench(concurrency = 8) {
  const clock = new ManualClock();
  const lanes = new CheckLanes(clock, concurrency);
  const results: CheckResult[] = [];
  const runner = () => new CheckRunner(clock, lanes, (result) => results.push(result));
  return { clock, results, runner };
}

const check = (run: () => unknown) => ({ name: 'db', timeout: 100, run });

describe('CheckRunner', () => {
  it('takes a synchronous answer without a promise', () => {
    const { results, runner } = bench();
    expect(runner().run(check(() => 'HEALTHY'))).toBeUndefined();
    expect(results).toMatchObject([{ status: 'HEALTHY', took: 0 }]);
  });

  it.each([
    ['throws', () => fail('no route'), { status: 'UNHEALTHY', reason: 'no route', failure: 'error' }],
    ['rejects', () => Promise.reject(new Error('refused')), { reason: 'refused', failure: 'error' }],
    ['answers rubbish', () => 42, { status: 'UNHEALTHY', failure: 'invalid' }],
    ['answers an object that is no health', () => ({ status: 'fine' }), { status: 'UNHEALTHY', failure: 'invalid' }],
  ])('makes a bad result of a check that %s', async (_, run, expected) => {
    const { results, runner } = bench();
    await runner().run(check(run));
    expect(results).toMatchObject([expected]);
  });

  it('aborts a check that takes too long and begins no other until that one has ended', async () => {
    const { clock, results, runner } = bench();
    const runs: { signal: AbortSignal; end: () => void }[] = [];
    const one = runner();
    const hang = {
      ...check(() => undefined),
      run: ({ signal }: { signal: AbortSignal }) =>
        new Promise<'HEALTHY'>((resolve) => runs.push({ signal, end: () => resolve('HEALTHY') })),
    };
    void one.run(hang);
    await clock.advance(100);
    expect(results).toMatchObject([{ status: 'UNHEALTHY', failure: 'timeout', took: 100 }]);
    expect([runs[0]?.signal.aborted, one.hanging]).toEqual([true, true]);

    await one.run(hang);
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await clock.advance(0);
    void one.run(hang);
    expect([runs.length, one.hanging, results.length]).toEqual([2, false, 1]);
  });

  it('gives those who join a run the same result, once', async () => {
    const { clock, results, runner } = bench();
    let runs = 0;
    const one = runner();
    const slow = check(async () => {
      runs++;
      await new Promise<void>((resolve) => clock.schedule(50, resolve));
      return 'HEALTHY';
    });
    const both = Promise.all([one.run(slow), one.run(slow)]);
    await clock.advance(50);
    await both;
    expect([runs, results.length]).toEqual([1, 1]);
  });

  it('runs no more checks at once than there are lanes, and a hung one gives its lane back', async () => {
    const { clock, results, runner } = bench(2);
    let running = 0;
    const hang = check(() => {
      running++;
      return new Promise(() => undefined);
    });
    for (let count = 0; count < 5; count++) void runner().run(hang);
    expect(running).toBe(2);
    await clock.advance(100);
    expect([running, results.length]).toEqual([4, 2]);
    await clock.advance(200);
    expect([running, results.length]).toEqual([5, 5]);
  });

  it('has no result for a run that was aborted', async () => {
    const { results, runner } = bench();
    const stopping = new AbortController();
    const run = runner().run(
      check(() => new Promise(() => undefined)),
      stopping.signal,
    );
    stopping.abort();
    await run;
    expect(results).toEqual([]);
  });
});

function fail(message: string): never {
  throw new Error(message);
}
