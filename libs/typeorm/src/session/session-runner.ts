import type { Readable } from 'node:stream';
import { ResourceError } from '@nestjs-resources/core';
import type { QueryRunner } from 'typeorm';
import { driverErrorOf } from '../driver/connection-errors.js';
import { isRead } from './read-only-statement.js';
import { SessionConnection } from './session-connection.js';
import type { SessionSettings } from './session-settings.js';
import { type Originals, type QueryParameters, type RunnerOwner, type StreamParameters, tame } from './tamed-runner.js';
import type { TransactionOptions } from './session.options.js';
import type { TransactionView } from './transaction-fate.js';

/** What TypeORM keeps to itself and a lost connection makes us set right. */
interface TransactionState {
  isTransactionActive: boolean;
  transactionDepth: number;
}

/** A query runner of TypeORM whose connection is ours. It is used as it is, except for what is {@link tame}d. */
export class SessionRunner implements TransactionView, RunnerOwner {
  private readonly connection: SessionConnection;
  private readonly original: Originals;
  /** Whether TypeORM's own methods are ending the transaction. */
  private ending = false;

  constructor(
    readonly queryRunner: QueryRunner,
    private readonly settings: SessionSettings,
    taken: () => void,
  ) {
    this.connection = new SessionConnection(settings, queryRunner.getReplicationMode(), this, taken);
    this.original = tame(queryRunner, this);
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
      if (outermost && !options.readOnly && this.connection.role === 'slave') await this.connection.moveToPrimary();
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
    if (this.isStreaming) await this.connection.endStream();
    this.connection.assertUsable();
    await this.queryRunner.commitTransaction();
    if (!this.inTransaction) this.connection.forget();
  }

  /** Undoes the innermost transaction. A connection on which that fails is destroyed, which undoes it too. */
  async rollBack(): Promise<void> {
    const state = this.queryRunner as unknown as TransactionState;
    const depth = Math.max(0, state.transactionDepth - 1);
    try {
      if (this.isStreaming) await this.connection.endStream();
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

  /** The transaction is to be committed, whatever signal and deadline say. */
  decide(): void {
    this.connection.decide();
  }

  cancel(): Promise<void> {
    return this.connection.cancel();
  }

  /**
   * Ends it: nothing is begun any more, what is under way is awaited, what is open is rolled back.
   *
   * @returns nothing if it has ended at once
   */
  close(): void | Promise<void> {
    const closing = this.connection.close();
    return closing ? closing.then(() => this.endTransaction()) : this.endTransaction();
  }

  /** Whether TypeORM believes that there is a transaction. */
  isActive(): boolean {
    return this.queryRunner.isTransactionActive;
  }

  isEnding(): boolean {
    return this.ending;
  }

  connect(): Promise<object> {
    return this.connection.connect();
  }

  query(...parameters: QueryParameters): Promise<unknown> {
    const { queryRunner, original } = this;
    const answer =
      this.connection.role === 'slave' && this.mustMove(parameters[0])
        ? this.connection.moveToPrimary().then(() => original.query.apply(queryRunner, parameters))
        : original.query.apply(queryRunner, parameters);
    return answer.catch(this.rethrow);
  }

  async stream(...[sql, values, onEnd, onError]: StreamParameters): Promise<Readable> {
    if (this.connection.role === 'slave' && this.mustMove(sql)) await this.connection.moveToPrimary();
    const stream = await this.connection.openStream(sql, () =>
      this.original.stream.call(this.queryRunner, sql, values),
    );
    if (onEnd) stream.on('end', onEnd);
    if (onError) stream.on('error', onError);
    return stream;
  }

  /** Ends the transaction by TypeORM's own method. */
  async end(how: 'commitTransaction' | 'rollbackTransaction'): Promise<void> {
    this.ending = true;
    try {
      await this.original[how].call(this.queryRunner);
    } finally {
      this.ending = false;
    }
  }

  /** What is written, and whatever is read afterwards, is asked of the primary. */
  private mustMove(sql: string): boolean {
    return !this.inTransaction && !isRead(sql);
  }

  private endTransaction(): void {
    const state = this.queryRunner as unknown as TransactionState;
    state.isTransactionActive = false;
    state.transactionDepth = 0;
  }

  /** TypeORM wraps whatever a statement fails with; what we made ourselves is no failure of the statement. */
  private readonly rethrow = (error: unknown): never => {
    const cause = driverErrorOf(error);
    const ours = cause instanceof ResourceError || cause === this.settings.options.signal?.reason;
    throw ours ? cause : error;
  };
}
