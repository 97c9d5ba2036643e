import type { RetryOptions } from '@nestjs-resources/core';
import type { EntityManager } from 'typeorm';
import type { Session } from './session.js';

/** SQL's isolation levels, as TypeORM writes them. */
export type IsolationLevel = 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

export interface SessionOptions {
  /**
   * Which server: 'replica' reads from one of the replicas, if there are any. From its first write on, or its first
   * transaction that is not read-only, the session uses the primary, so that it reads what it has written.
   *
   * @default 'primary'
   */
  readonly mode?: 'primary' | 'replica';
  /** Ends the wait for a connection, and cancels the statement under way on the server. */
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for a connection. @default the pool's acquireTimeout */
  readonly acquireTimeout?: number;
  /** Milliseconds that each statement may take; then it is cancelled on the server. @default Infinity */
  readonly statementTimeout?: number;
  /** Milliseconds that the session may take altogether, from `open()` on. @default Infinity */
  readonly deadline?: number;
  /** Names the session in errors and in the pool's reports on who holds what. */
  readonly label?: string;
}

/** What every session of a data source takes that does not say otherwise, and what is watched of all. */
export interface SessionDefaults extends Omit<SessionOptions, 'signal'> {
  /**
   * How many sessions may use the database at once, from their first statement until they are closed. The next waits as long
   * as it would for a connection, then fails with `SessionLimitError`.
   *
   * @default Infinity
   */
  readonly limit?: number;
  /** Tells of slow statements by the event `session.query.slow`; those of plain repositories too. @default nothing is told */
  readonly slowQueries?: SlowQueryOptions;
}

export interface SlowQueryOptions {
  /** Milliseconds that a statement takes which is told of. @default 1_000 */
  readonly after?: number;
  /** Whether the event carries the SQL, without the literals in it. Parameters are never told. @default false */
  readonly text?: boolean;
}

export interface TransactionOptions {
  /** @default the data source's isolationLevel, else the database's own */
  readonly isolation?: IsolationLevel;
  /** The database refuses writes. @default false */
  readonly readOnly?: boolean;
  /** PostgreSQL, with SERIALIZABLE and read-only: waits for a snapshot that cannot fail. @default false */
  readonly deferrable?: boolean;
  /**
   * Runs an outermost transaction again when the database says that it may succeed then: serialisation failure, dead-lock.
   * A number is attempts in total. The work must have no effect besides the database.
   *
   * @default 1: not at all
   */
  readonly retry?: number | Omit<RetryOptions, 'isRetryable'>;
}

/** Work in a session. Its first argument is for the entities, its second for everything else. */
export type SessionWork<R> = (manager: EntityManager, session: Session) => R | Promise<R>;
