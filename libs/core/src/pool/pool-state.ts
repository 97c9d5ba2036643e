/**
 * The life of a pool.
 *
 *     cold ── start() ──► starting ──► running          cold, starting and running serve alike; only start() fills
 *     running ⇄ suspended                               suspended: acquires wait
 *     running ── drain() ──► draining ── resume() ──►   draining: new acquires are refused, waiting ones served
 *     any ── close() ──► closing ──► closed
 */
export const PoolState = {
  COLD: 'cold',
  STARTING: 'starting',
  RUNNING: 'running',
  SUSPENDED: 'suspended',
  DRAINING: 'draining',
  CLOSING: 'closing',
  CLOSED: 'closed',
} as const;
export type PoolState = (typeof PoolState)[keyof typeof PoolState];
