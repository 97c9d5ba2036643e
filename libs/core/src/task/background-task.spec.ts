import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { CallContext } from '../resource/resource.js';
import { BackgroundTask } from './background-task.js';
import type { BackgroundTaskOptions } from './task-options.js';

function setUp(options: Partial<BackgroundTaskOptions>): { clock: ManualClock; task: BackgroundTask; types: string[] } {
  const clock = new ManualClock();
  const task = new BackgroundTask({ name: 'outbox', run: () => undefined, clock, random: () => 0, ...options });
  const types: string[] = [];
  task.observe(({ type }) => void types.push(type));
  return { clock, task, types };
}

const fail = (): Promise<never> => Promise.reject(new Error('no route, token=abc'));
const never = (): Promise<never> => new Promise(() => undefined);
const untilAborted = ({ signal }: CallContext): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

describe('a background task', () => {
  it('runs to its completion, and may be started again', async () => {
    let runs = 0;
    const { clock, task, types } = setUp({ run: () => void runs++ });
    expect(task.state).toBe('idle');
    task.start();
    expect([task.state, runs]).toEqual(['running', 0]);
    await clock.advance(0);
    expect([task.state, runs]).toEqual(['completed', 1]);
    task.start();
    await clock.advance(0);
    expect(runs).toBe(2);
    expect(types).toEqual(['task.started', 'task.completed', 'task.started', 'task.completed']);
  });

  it('is not started twice, nor after it was stopped', async () => {
    const { task } = setUp({ run: untilAborted });
    task.start();
    expect(() => task.start()).toThrow(expect.objectContaining({ code: 'TASK_RUNNING' }) as unknown as Error);
    await task.stop();
    expect(task.state).toBe('stopped');
    expect(() => task.start()).toThrow(expect.objectContaining({ code: 'TASK_STOPPED' }) as unknown as Error);
  });

  it('cannot be started once it was stopped, even if it never ran', async () => {
    const { task } = setUp({});
    await task.stop();
    expect(task.state).toBe('stopped');
    expect(() => task.start()).toThrow('has been stopped');
  });

  it('ends after a failure unless it is told to restart', async () => {
    const { clock, task } = setUp({ run: fail });
    task.start();
    await clock.advance(10_000);
    expect(task.state).toBe('failed');
    expect(task.getMetrics()).toMatchObject({ restarts: 0, lastError: 'no route, token=***', uptime: 0 });
  });

  it('runs once more for each restart it may make', async () => {
    let runs = 0;
    const { clock, task } = setUp({
      run: () => (runs++, fail()),
      restartOnFailure: true,
      maxRestarts: 3,
      restartDelay: 10,
    });
    task.start();
    await clock.advance(100);
    expect([runs, task.state, task.getMetrics().restarts]).toEqual([4, 'failed', 3]);
    expect(clock.pending).toBe(0);
  });

  it('pauses longer with each failure, and begins anew after a healthy run', async () => {
    const lasting = [0, 0, 500, 0];
    const delays: unknown[] = [];
    const { clock, task } = setUp({
      run: () =>
        new Promise((_resolve, reject) => void clock.schedule(lasting.shift() ?? 0, () => reject(new Error('no')))),
      restartOnFailure: true,
      maxRestarts: Infinity,
      restartDelay: { initial: 10, max: 1_000 },
      healthyAfter: 500,
    });
    task.observe((event) => void (event.type === 'task.restarting' && delays.push(event['delay'])));
    task.start();
    await clock.advance(10 + 20 + 500 + 10 + 20 - 1);
    expect(delays).toEqual([10, 20, 10, 20]);
    await task.stop();
    expect(clock.pending).toBe(0);
  });

  it('keeps no process alive while it waits, but does while somebody waits for its end', async () => {
    const { clock, task } = setUp({ run: fail, restartOnFailure: true });
    task.start();
    await clock.advance(0);
    expect([task.state, clock.held]).toEqual(['waiting', false]);
    const stopped = task.stop();
    expect(clock.held).toBe(true);
    await stopped;
    expect([task.state, clock.held, clock.pending]).toEqual(['stopped', false, 0]);
  });

  it('says how it is', async () => {
    const { clock, task } = setUp({ run: fail, restartOnFailure: true, maxRestarts: 1, restartDelay: 10 });
    expect(task.check().status).toBe('UNKNOWN');
    task.start();
    expect(task.check().status).toBe('HEALTHY');
    await clock.advance(0);
    expect(task.check()).toMatchObject({
      status: 'DEGRADED',
      reason: expect.stringContaining('token=***') as unknown as string,
    });
    await clock.advance(10);
    expect(task.check().status).toBe('UNHEALTHY');
    const done = setUp({});
    done.task.start();
    await done.clock.advance(0);
    expect(done.task.check()).toEqual({ status: 'HEALTHY' });
  });

  it('gives figures in the form the monitor reads', async () => {
    const { clock, task } = setUp({ run: untilAborted });
    task.start();
    await clock.advance(70);
    const wall = clock.wallNow();
    expect(task.getMetrics()).toEqual({
      type: 'task',
      name: 'outbox',
      state: 'running',
      running: true,
      restarts: 0,
      lastError: null,
      lastRunAt: wall - 70,
      uptime: 70,
    });
  });

  it('reports a run that did not end in time, within the deadline of whoever closes it', async () => {
    const { clock, task } = setUp({ run: never });
    task.start();
    await clock.advance(0);
    const closed = task.close({ signal: new AbortController().signal, deadline: 100 });
    await clock.advance(100);
    expect(await closed).toMatchObject({ clean: false, duration: 100, errors: [{ code: 'CALL_TIMEOUT' }] });
  });

  it('refuses impossible options', () => {
    expect(() => setUp({ maxRestarts: -1, stopTimeout: Infinity, restartDelay: { initial: 5, max: 1 } })).toThrow(
      /maxRestarts[\s\S]*restartDelay[\s\S]*stopTimeout/,
    );
  });
});

describe('traps of background tasks', () => {
  it('B-BT-1: completion is not a reason to run again', async () => {
    let runs = 0;
    const { clock, task } = setUp({ run: () => void runs++, restartOnFailure: true, maxRestarts: Infinity });
    task.start();
    await clock.advance(1_000_000);
    expect([runs, task.state]).toEqual([1, 'completed']);
  });

  it('B-BT-2: stop ends although the work does not', async () => {
    const { clock, task, types } = setUp({ run: never, stopTimeout: 50 });
    task.start();
    await clock.advance(0);
    const stopped = task.stop();
    await clock.advance(50);
    await stopped;
    expect(task.state).toBe('stopped');
    expect(types).toEqual(['task.started', 'task.stopped']);
  });

  it('B-BT-3: the last error and the difference between failed and completed are kept', async () => {
    const error = new Error('no');
    const { clock, task, types } = setUp({ run: () => Promise.reject(error) });
    task.start();
    await clock.advance(0);
    expect([task.lastError, task.state]).toEqual([error, 'failed']);
    expect(types).toEqual(['task.started', 'task.failed']);
  });

  it('B-BT-4: restarts are those that were made, and a healthy run forgives them', async () => {
    let runs = 0;
    const { clock, task } = setUp({
      run: () => (runs++, new Promise((_resolve, reject) => void clock.schedule(100, () => reject(new Error('no'))))),
      restartOnFailure: true,
      maxRestarts: 1,
      restartDelay: 10,
      healthyAfter: 100,
    });
    task.start();
    await clock.advance(1_100);
    expect([runs, task.state, task.getMetrics().restarts]).toEqual([11, 'running', 10]);
    const stopped = task.stop();
    await clock.advance(100);
    await stopped;
  });

  it('B-BT-5: a task that stops itself does not wait for itself', async () => {
    const { clock, task } = setUp({ run: () => task.stop() });
    task.start();
    await clock.advance(0);
    expect([task.state, clock.pending]).toEqual(['stopped', 0]);
  });

  it('B-BT-6: the uptime ends with the task, and figures say their type', async () => {
    const { clock, task } = setUp({ run: () => new Promise((resolve) => void clock.schedule(30, resolve)) });
    task.start();
    await clock.advance(1_000);
    expect(task.getMetrics()).toMatchObject({ type: 'task', uptime: 30 });
  });
});
