import { ResourceError } from '@nestjs-resources/core';

/** A statement was sent through a session that had been closed. Code `SESSION_CLOSED`. */
export class SessionClosedError extends ResourceError {
  constructor(session: string, resource?: string) {
    super(
      `${session} is closed. Await everything it does before it ends: a statement that is not awaited outlives its session.`,
      { code: 'SESSION_CLOSED', resource },
    );
  }
}

/**
 * The database had rolled the transaction back already when it was to be committed: a statement in it had failed and the
 * error was swallowed. Nothing of it was kept. `cause` is the first statement's error. Code `TRANSACTION_ABORTED`.
 */
export class TransactionAbortedError extends ResourceError {
  constructor(cause: unknown, resource?: string) {
    super(
      'The transaction was rolled back instead of committed, because a statement in it had failed before. ' +
        'Let the error of that statement (the cause) leave the transaction, or wrap the statement in a nested one.',
      { code: 'TRANSACTION_ABORTED', resource, cause },
    );
  }
}

/**
 * A statement ended the transaction that `session.transaction()` holds open: a COMMIT or ROLLBACK written by hand, or one that
 * commits by itself, as MySQL's CREATE and ALTER do. What came before it is kept or lost, as the statement said; what was to
 * come is refused. Code `TRANSACTION_ENDED`.
 */
export class TransactionEndedError extends ResourceError {
  constructor(statement: string, resource?: string) {
    super(
      `A statement (${statement || 'unknown'}) ended the transaction before its work was done. Leave COMMIT and ROLLBACK to ` +
        'transaction(), and run statements that commit by themselves outside of it.',
      { code: 'TRANSACTION_ENDED', resource },
    );
  }
}

/** A statement was begun while a stream of the same session was being read: it would wait for ever. Code `STREAM_OPEN`. */
export class StreamOpenError extends ResourceError {
  constructor(resource?: string) {
    super(
      'A stream of this session is being read, and a connection does one thing at a time. Read it to its end or destroy it ' +
        'first, or use another session for what is done meanwhile.',
      { code: 'STREAM_OPEN', resource },
    );
  }
}

/** What became of a transaction whose connection was lost. */
export type LostTransaction = 'none' | 'rolled back' | 'unknown';

/**
 * The connection to the server broke under a session. `cause` is why. The session stays usable: its next statement outside
 * the lost transaction takes another connection. Code `CONNECTION_LOST`.
 */
export class ConnectionLostError extends ResourceError {
  /** 'unknown' only if the connection broke while the commit was under way: ask the database before doing it again. */
  readonly transaction: LostTransaction;

  constructor(transaction: LostTransaction, cause: unknown, resource?: string) {
    super(`The connection to the database was lost${CONSEQUENCE[transaction]}`, {
      code: 'CONNECTION_LOST',
      resource,
      cause,
    });
    this.transaction = transaction;
  }
}

const CONSEQUENCE: Readonly<Record<LostTransaction, string>> = {
  none: '. The statement may or may not have been executed.',
  'rolled back': '; the transaction is rolled back. It can be run again as a whole.',
  unknown: ' during the commit: whether it took place is unknown. Ask the database before running it again.',
};
