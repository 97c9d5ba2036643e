import type { Clock } from '../clock/clock.js';

/**
 * Waits. Rejects with the signal's reason as soon as it is aborted.
 *
 * @param hold - whether the process is kept alive meanwhile, as it is for somebody who awaits the result
 */
export function pause(clock: Clock, duration: number, signal?: AbortSignal, hold = true): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const release = hold ? clock.hold?.() : undefined;
    const onAbort = (): void => {
      cancel();
      release?.();
      reject(signal?.reason as Error);
    };
    const cancel = clock.schedule(duration, () => {
      signal?.removeEventListener('abort', onAbort);
      release?.();
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
