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

/** Lets `clients` do `each` again and again at the same time. @returns how to stop them, which gives what they got */
export function crowdUntilStopped<R>(clients: number, each: (index: number) => Promise<R>): () => Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let stopped = false;
  const client = async (): Promise<void> => {
    while (!stopped) results.push(await each(next++));
  };
  const working = Promise.all(Array.from({ length: clients }, client));
  return async () => {
    stopped = true;
    await working;
    return results;
  };
}
