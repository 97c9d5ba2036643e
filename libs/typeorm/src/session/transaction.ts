import type { Ambient } from './ambient.js';
import { TransactionAbortedError } from './session.errors.js';
import type { SessionRunner } from './session-runner.js';
import type { SessionWork, TransactionOptions } from './session.options.js';
import { TransactionLevel } from './transaction-level.js';

/** How outermost transactions ended, since the start. */
export interface TransactionCounters {
  committed: number;
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
}

/** Begins, runs `work`, commits; rolls back if any of it fails. */
export async function runTransaction<R>(
  place: TransactionPlace,
  options: TransactionOptions,
  work: SessionWork<R>,
): Promise<R> {
  const { parent } = place;
  await parent.children.enter();
  try {
    return await inTurn(place, options, work);
  } finally {
    parent.children.leave();
  }
}

async function inTurn<R>(place: TransactionPlace, options: TransactionOptions, work: SessionWork<R>): Promise<R> {
  const { runner, parent } = place;
  const borrows = !runner.isLeased;
  const level = new TransactionLevel(parent.session, parent.depth + 1);
  try {
    await runner.begin(options);
    return await workAndCommit(place, level, work);
  } finally {
    level.ended = true;
    if (borrows && !runner.inTransaction) runner.giveBack();
  }
}

async function workAndCommit<R>(
  { runner, ambient, counters }: TransactionPlace,
  level: TransactionLevel,
  work: SessionWork<R>,
): Promise<R> {
  const outermost = level.depth === 1;
  try {
    const result = await ambient.run(level, () => work(level.session.manager, level.session));
    await runner.commit();
    if (outermost) counters.committed++;
    return result;
  } catch (error) {
    await runner.rollBack();
    if (outermost) counters.rolledBack++;
    if (error instanceof TransactionAbortedError) counters.aborted++;
    throw error;
  }
}
