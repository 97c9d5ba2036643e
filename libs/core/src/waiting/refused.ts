import { setImmediate } from 'node:timers';

/** Some milliseconds' worth. */
const REFUSALS_AT_ONCE = 1_000;

/**
 * Refuses at once; now and then after a turn of the event loop, or else a loop that only awaits refusals would keep the process
 * from everything but promises: no timer, no request, no health check, and nothing that could end the refusals.
 *
 * @param nth - how many its maker has refused, this one included
 */
export function refused(error: unknown, nth: number): Promise<never> {
  if (nth % REFUSALS_AT_ONCE > 0) return Promise.reject(error as Error);
  return new Promise((_, reject) => setImmediate(reject, error));
}
