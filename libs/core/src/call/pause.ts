import type { Clock } from '../clock/clock.js';

/** Waits; keeps the process alive meanwhile. Rejects with the signal's reason as soon as it is aborted. */
export function pause(clock: Clock, duration: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const release = clock.hold?.();
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
