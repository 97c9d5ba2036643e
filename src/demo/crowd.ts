import type { Progress } from './progress.js';

/** Gives `each` number below `count` to one of `clients` who work at the same time. */
export async function crowd<R>(
  count: number,
  clients: number,
  each: (index: number) => Promise<R>,
  progress: Progress = () => undefined,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      results.push(await each(next++));
      progress(results.length / count);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return results;
}

/** Lets `clients` do `each` again and again at the same time, until told to stop. */
export async function crowdUntil<R>(
  stopped: () => boolean,
  clients: number,
  each: (index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (!stopped()) results.push(await each(next++));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return results;
}
