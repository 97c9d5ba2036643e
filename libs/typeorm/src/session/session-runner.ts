import type { Readable } from 'node:stream';
import { ResourceError } from '@nestjs-resources/core';
import type { QueryRunner } from 'typeorm';
import { driverErrorOf } from '../driver/connection-errors.js';
import { isRead } from './read-only-statement.js';
import { SessionConnection } from './session-connection.js';
import type { SessionSettings } from './session-settings.js';
import type { TransactionOptions } from './session.options.js';

/** What TypeORM keeps to itself and a lost connection makes us set right. */
interface TransactionState {
  isTransactionActive: boolean;
  transactionDepth: number;
}

type Listener = (...parameters: unknown[]) => void;
type StreamMethod = (sql: string, parameters?: unknown[], onEnd?: Listener, onError?: Listener) => Promise<Readable>;
type QueryMethod = (sql: string, ...others: unknown[]) => Promise<unknown>;

/**
 * A query runner of TypeORM whose connection is ours.
 *
 * TypeORM's own runner is used as it is, except for the few methods that deal with the connection; those are replaced on
 * the instance.
 */
export class SessionRunner {
  private readonly connection: SessionConnection;
  /** Whether TypeORM's own methods are ending the transaction. */
  private ending = false;

  constructor(
    readonly queryRunner: QueryRunner,
    private readonly settings: SessionSettings,
  ) {
    this.connection = new SessionConnection(settings, queryRunner.getReplicationMode(), {
      isActive: () => queryRunner.isTransactionActive,
      isEnding: () => this.ending,
    });
    this.tame(queryRunner);
  }

  /** Whether it holds a connection now. */
  get isLeased(): boolean {
    return this.connection.isLeased;
  }

  /** Whether somebody reads a stream of it. */
  get isStreaming(): boolean {
    return this.connection.isStreaming;
  }

  get inTransaction(): boolean {
    return this.queryRunner.isTransactionActive;
  }

  /** Begins a transaction, or a savepoint within one. */
  async begin(options: TransactionOptions): Promise<void> {
    this.connection.assertUsable();
    const outermost = !this.inTransaction;
    const { before, after } = this.settings.source.dialect.modes(outermost ? options : {});
    try {
      if (outermost && !options.readOnly) await this.connection.moveToPrimary();
      for (const statement of before) await this.queryRunner.query(statement);
      await this.queryRunner.startTransaction(options.isolation);
      for (const statement of after) await this.queryRunner.query(statement);
    } catch (error) {
      // A savepoint that could not be made leaves the transaction around it to whoever began that.
      if (outermost) await this.rollBack();
      throw error;
    }
  }

  /** A stream that nobody has read to its end by now is not read any more. */
  async commit(): Promise<void> {
    await this.connection.endStream();
    this.connection.assertUsable();
    await this.queryRunner.commitTransaction();
    if (!this.inTransaction) this.connection.forget();
  }

  /** Undoes the innermost transaction. A connection on which that fails is destroyed, which undoes it too. */
  async rollBack(): Promise<void> {
    const state = this.queryRunner as unknown as TransactionState;
    const depth = Math.max(0, state.transactionDepth - 1);
    try {
      await this.connection.endStream();
      if (this.isLeased && state.isTransactionActive) await this.queryRunner.rollbackTransaction();
    } catch (error) {
      this.connection.abandon(error);
    }
    state.transactionDepth = depth;
    if (depth === 0) state.isTransactionActive = false;
    this.connection.forget();
  }

  /** Gives the connection back to the pool. */
  giveBack(): void {
    this.connection.giveBack();
  }

  cancel(): Promise<void> {
    return this.connection.cancel();
  }

  /** Ends it: nothing is begun any more, what is under way is awaited, what is open is rolled back. */
  async close(): Promise<void> {
    await this.connection.close();
    Object.assign(this.queryRunner, { isTransactionActive: false, transactionDepth: 0 });
  }

  private tame(runner: QueryRunner): void {
    const query = runner.query.bind(runner) as QueryMethod;
    const stream = runner.stream.bind(runner) as StreamMethod;
    const nothing = (): Promise<void> => Promise.resolve();
    Object.assign(runner, {
      connect: () => this.connection.connect(),
      query: (...parameters: Parameters<QueryMethod>) => this.query(query, parameters),
      stream: (...parameters: Parameters<StreamMethod>) => this.stream(stream, parameters),
      commitTransaction: this.whileEnding(runner.commitTransaction.bind(runner)),
      rollbackTransaction: this.whileEnding(runner.rollbackTransaction.bind(runner)),
      release: nothing,
      // TypeORM's own commits what is open, even when an error ends the block.
      [Symbol.asyncDispose]: nothing,
    });
  }

  private query(original: QueryMethod, parameters: Parameters<QueryMethod>): Promise<unknown> {
    const answer =
      this.connection.role === 'slave' && this.mustMove(parameters[0])
        ? this.connection.moveToPrimary().then(() => original(...parameters))
        : original(...parameters);
    return answer.catch((error: unknown) => this.rethrow(error));
  }

  /** What is written, and whatever is read afterwards, is asked of the primary. */
  private mustMove(sql: string): boolean {
    return !this.inTransaction && !isRead(sql);
  }

  private async stream(original: StreamMethod, parameters: Parameters<StreamMethod>): Promise<Readable> {
    const [sql, values, onEnd, onError] = parameters;
    if (this.connection.role === 'slave' && this.mustMove(sql)) await this.connection.moveToPrimary();
    const stream = await this.connection.openStream(sql, () => original(sql, values));
    if (onEnd) stream.on('end', onEnd);
    if (onError) stream.on('error', onError);
    return stream;
  }

  private whileEnding(original: () => Promise<void>): () => Promise<void> {
    return async () => {
      this.ending = true;
      try {
        await original();
      } finally {
        this.ending = false;
      }
    };
  }

  /** TypeORM wraps whatever a statement fails with; what we made ourselves is no failure of the statement. */
  private rethrow(error: unknown): never {
    const cause = driverErrorOf(error);
    const ours = cause instanceof ResourceError || cause === this.settings.options.signal?.reason;
    throw ours ? cause : error;
  }
}
