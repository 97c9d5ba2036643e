const RESAMPLES = 2_000;

/** A figure that was measured several times. */
export interface Estimate {
  readonly median: number;
  /** Between `low` and `high` lie 95 % of the medians of resampled measurements. */
  readonly low: number;
  readonly high: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [below, above] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as [number, number];
  return (below + above) / 2;
}

/**
 * The ratio of two things measured in the same rounds. Each round gives one ratio, so that what disturbs a round disturbs
 * both; the interval is the percentile bootstrap of their median.
 */
export function ratio(some: readonly number[], base: readonly number[]): Estimate {
  const ratios = some.map((value, round) => value / (base[round] as number));
  const medians = Array.from({ length: RESAMPLES }, () => median(resample(ratios))).toSorted((a, b) => a - b);
  const [low, high] = [0.025, 0.975].map((share) => medians[Math.floor(RESAMPLES * share)] as number) as [
    number,
    number,
  ];
  return { median: median(ratios), low, high };
}

function resample(values: readonly number[]): number[] {
  return values.map(() => values[Math.floor(Math.random() * values.length)] as number);
}
