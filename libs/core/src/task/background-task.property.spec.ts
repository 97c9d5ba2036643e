import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ManualClock } from '../clock/manual-clock.js';
import { BackgroundTask } from './background-task.js';

const run = fc.record({
  ends: fc.constantFrom(
    'completes' as const,
    'fails' as const,
    'throws' as const,
    'hangs' as const,
    'heeds the signal' as const,
  ),
  took: fc.integer({ min: 0, max: 120 }),
});

const act = fc.record({
  at: fc.integer({ min: 0, max: 600 }),
  do: fc.constantFrom(
    'start' as const,
    'start' as const,
    'start' as const,
    'quiesce' as const,
    'stop' as const,
    'close' as const,
  ),
});

describe('any background task', () => {
  it('runs once at a time, is repeated only after failures and only as often as it may, and always stops', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { minLength: 1, maxLength: 8 }),
        fc.array(act, { maxLength: 6 }),
        fc.record({ restartOnFailure: fc.boolean(), maxRestarts: fc.constantFrom(0, 1, 3, Infinity) }),
        async (runs, acts, options) => {
          const clock = new ManualClock();
          let [active, most, begun, starts, completions] = [0, 0, 0, 0, 0];
          const work = async ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
            const plan = runs[begun++ % runs.length] as (typeof runs)[number];
            most = Math.max(most, ++active);
            await new Promise<void>((resolve) => {
              if (plan.ends === 'heeds the signal') signal.addEventListener('abort', () => resolve());
              else if (plan.ends !== 'hangs') clock.schedule(plan.took, resolve);
            });
            active--;
            if (plan.ends === 'completes') completions++;
            else if (plan.ends !== 'heeds the signal') throw new Error(plan.ends);
          };
          const task = new BackgroundTask({
            ...options,
            name: 'any',
            run: work,
            restartDelay: { initial: 10, max: 50 },
            healthyAfter: 100,
            stopTimeout: 200,
            clock,
            random: () => 0.5,
          });
          const stops: Promise<unknown>[] = [];
          for (const next of acts.toSorted((a, b) => a.at - b.at)) {
            await clock.advance(Math.max(0, next.at - clock.now()));
            if (next.do === 'quiesce') task.quiesce();
            else if (next.do === 'stop') stops.push(task.stop());
            else if (next.do === 'close') stops.push(task.close());
            else
              try {
                task.start();
                starts++;
              } catch (error) {
                expect((error as { code?: string }).code).toMatch(/TASK_RUNNING|TASK_STOPPED/);
              }
          }
          stops.push(task.stop());
          await clock.advance(1_000);
          await Promise.all(stops);
          expect(most).toBeLessThanOrEqual(1);
          if (!options.restartOnFailure) expect(begun).toBeLessThanOrEqual(starts);
          expect(completions).toBeLessThanOrEqual(starts);
          expect(['stopped', 'completed', 'failed']).toContain(task.state);
          expect([clock.pending, clock.held]).toEqual([0, false]);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});
