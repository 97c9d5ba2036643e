import type { Clock } from '../clock/clock.js';
import type { Abortable } from '../waiting/abort-watch.js';
import { callerAborts } from './caller-aborts.js';

/**
 * Waits. Rejects with the signal's reason as soon as it is aborted.
 *
 * @param hold - whether the process is kept alive meanwhile, as it is for somebody who awaits the result
 */
export function pause(clock: Clock, duration: number, signal?: AbortSignal, hold = true): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const release = hold ? clock.hold?.() : undefined;
    const sleeper: Abortable = {
      aborted: (reason) => {
        wake();
        reject(reason as Error);
      },
    };
    const wake = (): void => {
      cancel();
      release?.();
      if (signal) callerAborts.leave(signal, sleeper);
    };
    const cancel = clock.schedule(duration, () => {
      wake();
      resolve();
    });
    if (signal) callerAborts.join(signal, sleeper);
  });
}
