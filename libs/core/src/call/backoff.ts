/** How long to pause before trying again. */
export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  readonly initial: number;
  /** The longest pause, in milliseconds. */
  readonly max: number;
  /** By how much each pause is longer than the one before. @default 2 */
  readonly factor?: number;
  /** Share of the pause that is drawn at random, 0 to 1; 1 is full jitter. @default 1 */
  readonly jitter?: number;
}

/**
 * The pause before retry number `attempt` (1 is the first). With full jitter, the default, many clients that failed together
 * do not come back together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffDelay(options: BackoffOptions, attempt: number, random: () => number = Math.random): number {
  const { initial, max, factor = 2, jitter = 1 } = options;
  const pause = Math.min(max, initial * factor ** Math.min(attempt - 1, 64));
  return pause * (1 - jitter * random());
}
