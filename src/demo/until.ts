import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again, every few milliseconds, until the answer is yes. @returns whether it was, in time */
export async function until(asked: () => Promise<boolean>, timeout: number): Promise<boolean> {
  const end = performance.now() + timeout;
  while (performance.now() < end) {
    if (await asked()) return true;
    await delay(10);
  }
  return false;
}
