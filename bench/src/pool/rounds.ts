/** One contestant of a case: does the work once and says what it measured. */
export interface Runner {
  readonly name: string;
  readonly run: () => Promise<number>;
}

export interface Result {
  readonly name: string;
  readonly median: number;
  readonly best: number;
}

/**
 * Runs all contestants in turn, round after round, each round beginning with another one, so that whatever disturbs the
 * machine disturbs all of them. The first round warms up and does not count.
 */
export async function interleaved(runners: readonly Runner[], rounds: number): Promise<Result[]> {
  const measured = runners.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < runners.length; turn++) {
      const index = (turn + round + 1) % runners.length;
      const value = await (runners[index] as Runner).run();
      if (round >= 0) measured[index]?.push(value);
    }
  }
  return runners.map(({ name }, index) => {
    const sorted = (measured[index] as number[]).toSorted((a, b) => a - b);
    return { name, median: sorted[sorted.length >> 1] as number, best: sorted[0] as number };
  });
}

/** Nanoseconds per operation. */
export async function nanosecondsEach(operations: number, work: () => unknown): Promise<number> {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / operations;
}
