import { OneAtATime } from './one-at-a-time.js';
import type { Session } from './session.js';

/**
 * A session, seen from one of its transactions: depth 0 is outside of any, 1 is in a transaction, more are savepoints.
 * The transactions directly within a level run one after another; their savepoints would interleave otherwise.
 */
export class TransactionLevel {
  readonly children = new OneAtATime();
  /** Work that was not awaited may still carry a level whose transaction is over. */
  ended = false;

  constructor(
    readonly session: Session,
    readonly depth: number,
  ) {}
}
