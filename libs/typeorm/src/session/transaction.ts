import { RetryPolicy } from '@nestjs-resources/core';
import type { Ambient } from './ambient.js';
import { TransactionAbortedError } from './session.errors.js';
import type { SessionRunner } from './session-runner.js';
import type { SessionWork, TransactionOptions } from './session.options.js';
import { TransactionLevel } from './transaction-level.js';

/** How outermost transactions that were begun by `transaction()` ended, since the start. */
export interface TransactionCounters {
  committed: number;
  /** Also those of unknown fate, whose commit was not answered. */
  rolledBack: number;
  /** Of those rolled back: by the database, though the program meant to commit. */
  aborted: number;
}

/** Where a transaction takes place. */
export interface TransactionPlace {
  readonly runner: SessionRunner;
  /** The level it begins in. Its transactions run one after another. */
  readonly parent: TransactionLevel;
  readonly ambient: Ambient;
  readonly counters: TransactionCounters;
  /** Whether the database says that the transaction may succeed if it is run again. */
  readonly isRetryable: (error: unknown) => boolean;
}

/** Begins, runs `work`, commits; rolls back if any of it fails, and tries again if that may help. */
export async function runTransaction<R>(
  place: TransactionPlace,
  options: TransactionOptions,
  work: SessionWork<R>,
): Promise<R> {
  const { parent, runner } = place;
  const turn = parent.children.enter();
  if (turn) await turn;
  try {
    // Within a transaction a part of it cannot be run again: the failure has undone the whole.
    if (options.retry === undefined || runner.inTransaction) return await inTurn(place, options, work);
    return await retryPolicy(place, options.retry).repeat(() => inTurn(place, options, work));
  } finally {
    parent.children.leave();
  }
}

/** A conflict is over as soon as the other has committed, so the pauses are short. */
const RETRY_DELAY = { initial: 10, max: 1_000 };

function retryPolicy({ isRetryable }: TransactionPlace, retry: NonNullable<TransactionOptions['retry']>): RetryPolicy {
  const own = typeof retry === 'number' ? { attempts: retry } : retry;
  return new RetryPolicy({ delay: RETRY_DELAY, ...own, isRetryable }, { what: 'The retry of a transaction' });
}

async function inTurn<R>(place: TransactionPlace, options: TransactionOptions, work: SessionWork<R>): Promise<R> {
  const { runner, parent, ambient, counters } = place;
  const borrows = !runner.isLeased;
  // Not told by the depth: one that was begun by hand is around it, too.
  const outermost = !runner.inTransaction;
  const level = new TransactionLevel(parent.session, parent.depth + 1);
  let begun = false;
  try {
    await runner.begin(options);
    begun = true;
    const result = await ambient.run(level, () => work(parent.session.manager, parent.session));
    await runner.commit();
    if (outermost) counters.committed++;
    return result;
  } catch (error) {
    if (begun) await undo(place, outermost, error);
    throw error;
  } finally {
    level.ended = true;
    if (borrows && !runner.inTransaction) runner.giveBack();
  }
}

async function undo({ runner, counters }: TransactionPlace, outermost: boolean, error: unknown): Promise<void> {
  await runner.rollBack();
  if (!outermost) return;
  counters.rolledBack++;
  if (error instanceof TransactionAbortedError) counters.aborted++;
}
