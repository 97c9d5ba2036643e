import type { Cancel, Lease } from '@nestjs-resources/core';
import type { ConnectionErrors } from '../driver/connection-errors.js';
import type { AcquireContext } from '../driver/acquire-context.js';
import type { TransactionOptions } from './session.options.js';

/** As TypeORM calls the two kinds of servers. */
export type ServerRole = 'master' | 'slave';

/** Where sessions take their connections from. */
export interface ConnectionSource {
  readonly dialect: Dialect;
  /** The most connections of the primary that there can be. @default Infinity */
  readonly maxSize?: number;
  /** Takes a connection that is free now, without a promise. */
  tryAcquire(role: ServerRole, label: string | undefined): Lease<object> | undefined;
  acquire(role: ServerRole, context: AcquireContext): Promise<Lease<object>>;
  /** Is told that a server left a statement and its cancellation unanswered. */
  suspect(role: ServerRole, error: unknown): void;
}

/** Runs one statement in its turn. */
export type StatementRunner = <R>(text: string, send: () => Promise<R>) => Promise<R>;

/** What sessions have to know of a family of databases. */
export interface Dialect {
  readonly errors: ConnectionErrors;
  /** The connection as TypeORM shall see it: each of its statements goes through `run`. */
  gate(connection: object, run: StatementRunner): object;
  /** Why the connection broke, if it did: the first error of its socket, which later statements no longer tell. */
  lostBecause(connection: object): unknown;
  /** Calls back when the connection breaks. @returns how to stop listening */
  onLost?(connection: object, listener: () => void): Cancel;
  /** Whether the rest of a stream that is left early still comes, and keeps the connection busy. @default false */
  readonly streamsGoOn?: boolean;
  /** Whether the server says that it is in a transaction; `undefined` if that is not known now. */
  isInTransaction?(connection: object): boolean | undefined;
  /**
   * Whether a commit, or the release of a savepoint, was refused because of a statement that had failed before.
   *
   * @param answer - its result or its error: PostgreSQL answers such a commit by a rollback that looks like success
   */
  isRefusedCommit(text: string, answer: unknown): boolean;
  /** Whether a statement that fails so has undone its whole transaction, as a dead-lock does in MySQL. */
  undoesTransaction(error: unknown): boolean;
  /** Undoes whatever transaction is open on the connection. */
  rollBack(connection: object): Promise<unknown>;
  /**
   * Asks the server, by another connection, to end the statement under way. Resolves when the server has been asked.
   *
   * @param signal - ends the other connection, if the server does not answer
   */
  cancel(connection: object, signal: AbortSignal): Promise<void>;
  /** Takes a cancellation that may still be on its way, so that it hits no later statement. */
  fence(connection: object): Promise<void>;
  /** Statements that give a transaction its modes, before and after it begins. */
  modes(options: TransactionOptions): { readonly before: readonly string[]; readonly after: readonly string[] };
}
