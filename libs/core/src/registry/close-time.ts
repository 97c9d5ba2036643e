/** The last share of the time, in which what did not end gracefully is forced to. */
const FORCED_SHARE = 0.1;
const LONGEST_FORCED = 1_000;

/**
 * How the time of a whole is given to its parts. Instants of the monotonic clock.
 *
 *     now ────────── graceful ── hard        per resource: its own timeout, then a moment to force
 *     begin ───────────── graceful ── hard   of the whole: nobody is waited for after `hard`
 */
export interface CloseTime {
  /** Until then a resource may wait for what it has lent. */
  readonly graceful: number;
  /** Until then it may force its end; then it is left behind. */
  readonly hard: number;
}

/** What a close is given, unless that is no time at all: even then everything must be closed. */
export function timeoutOf(options: { readonly timeout?: number } | null | undefined, otherwise: number): number {
  const timeout: unknown = options?.timeout;
  return typeof timeout === 'number' && timeout >= 0 ? timeout : otherwise;
}

/** The time of a whole that begins now. */
export function closeTime(now: number, timeout: number): CloseTime {
  return { graceful: now + timeout - forced(timeout), hard: now + timeout };
}

/** The time of a part that begins now: its own timeout, within that of the whole. */
export function closeTimeWithin(whole: CloseTime, now: number, timeout: number): CloseTime {
  const own = now + timeout;
  return { graceful: Math.min(own, whole.graceful), hard: Math.min(own + forced(timeout), whole.hard) };
}

function forced(timeout: number): number {
  return Math.min(LONGEST_FORCED, timeout === Infinity ? Infinity : timeout * FORCED_SHARE);
}
