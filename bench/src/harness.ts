/** One way of doing what is measured. */
export interface Contestant {
  readonly name: string;
  /** Does it once. */
  readonly run: () => unknown;
}

export interface Measured {
  readonly name: string;
  /** Nanoseconds per run, the median of all rounds. */
  readonly median: number;
  /** The fastest round. */
  readonly best: number;
}

export interface Plan {
  readonly title: string;
  /** Runs per round and contestant. */
  readonly runs: number;
  /** @default 9 */
  readonly rounds?: number;
  readonly contestants: readonly Contestant[];
}

/**
 * Measures the contestants in turn, round after round, each round beginning with another one, so that whatever disturbs the
 * machine disturbs all of them. Runs are awaited one after the other.
 */
export async function measure({ runs, rounds = 9, contestants }: Plan): Promise<Measured[]> {
  const times = contestants.map((): number[] => []);
  for (const { run } of contestants) await time(run, Math.ceil(runs / 4));
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length;
      const { run } = contestants[index] as Contestant;
      times[index]?.push(await time(run, runs));
    }
  return contestants.map(({ name }, index) => {
    const sorted = (times[index] as number[]).toSorted((a, b) => a - b);
    return { name, median: sorted[sorted.length >> 1] as number, best: sorted[0] as number };
  });
}

async function time(run: () => unknown, runs: number): Promise<number> {
  const began = process.hrtime.bigint();
  for (let left = runs; left > 0; left--) await run();
  return Number(process.hrtime.bigint() - began) / runs;
}

/** Prints a Markdown table; ratios are to the contestant called `base`. */
export function print(title: string, measured: readonly Measured[], base: string): void {
  const reference = measured.find(({ name }) => name === base)?.median ?? NaN;
  const rows = measured.map(({ name, median, best }) => [
    name,
    median.toFixed(0),
    best.toFixed(0),
    (median / reference).toFixed(2),
  ]);
  const lines = [['', 'ns per run (median)', 'best', `ratio to ${base}`], ['---', '---:', '---:', '---:'], ...rows];
  process.stdout.write(`\n### ${title}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`);
}
