import type { Readable } from 'node:stream';
import { ResourceError } from '@nestjs-resources/core';
import type { QueryRunner } from 'typeorm';
import { driverErrorOf } from '../driver/connection-errors.js';
import { SessionConnection, type SessionSettings } from './session-connection.js';
import type { TransactionOptions } from './session.options.js';

/** What TypeORM keeps to itself and a lost connection makes us set right. */
interface TransactionState {
  isTransactionActive: boolean;
  transactionDepth: number;
}

type Listener = (...parameters: unknown[]) => void;
type StreamMethod = (sql: string, parameters?: unknown[], onEnd?: Listener, onError?: Listener) => Promise<Readable>;

/**
 * A query runner of TypeORM whose connection is ours.
 *
 * TypeORM's own runner is used as it is, except for the few methods that deal with the connection; those are replaced on
 * the instance.
 */
export class SessionRunner {
  private readonly connection: SessionConnection;
  private readonly streams = new Set<Readable>();

  constructor(
    readonly queryRunner: QueryRunner,
    private readonly settings: SessionSettings,
  ) {
    const role = queryRunner.getReplicationMode();
    this.connection = new SessionConnection(settings, role, () => queryRunner.isTransactionActive);
    this.tame(queryRunner);
  }

  /** Whether it holds a connection now. */
  get isLeased(): boolean {
    return this.connection.isLeased;
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
      for (const statement of before) await this.queryRunner.query(statement);
      await this.queryRunner.startTransaction(options.isolation);
      for (const statement of after) await this.queryRunner.query(statement);
    } catch (error) {
      // A savepoint that could not be made leaves the transaction around it to whoever began that.
      if (outermost) await this.rollBack();
      throw error;
    }
  }

  async commit(): Promise<void> {
    this.connection.assertUsable();
    await this.queryRunner.commitTransaction();
    if (!this.inTransaction) this.connection.forget();
  }

  /** Undoes the innermost transaction. A connection on which that fails is destroyed, which undoes it too. */
  async rollBack(): Promise<void> {
    const state = this.queryRunner as unknown as TransactionState;
    const depth = Math.max(0, state.transactionDepth - 1);
    try {
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
    for (const stream of this.streams) stream.destroy();
    await this.connection.close();
    Object.assign(this.queryRunner, { isTransactionActive: false, transactionDepth: 0 });
  }

  private tame(runner: QueryRunner): void {
    const query = runner.query.bind(runner) as (...parameters: unknown[]) => Promise<unknown>;
    const stream = runner.stream.bind(runner) as StreamMethod;
    const nothing = (): Promise<void> => Promise.resolve();
    Object.assign(runner, {
      connect: () => this.connection.connect(),
      query: (...parameters: unknown[]) => query(...parameters).catch((error: unknown) => this.rethrow(error)),
      stream: (...parameters: Parameters<StreamMethod>) => this.stream(stream, parameters),
      release: nothing,
      // TypeORM's own commits what is open, even when an error ends the block.
      [Symbol.asyncDispose]: nothing,
    });
  }

  /** A stream has its turn until it is closed, in whatever way. TypeORM listens for two of the ways only. */
  private async stream(original: StreamMethod, parameters: Parameters<StreamMethod>): Promise<Readable> {
    this.connection.assertUsable();
    await this.connection.enter();
    try {
      const stream = await original(...parameters);
      this.streams.add(stream);
      stream.once('close', () => {
        this.streams.delete(stream);
        this.connection.leave();
      });
      return stream;
    } catch (error) {
      this.connection.leave();
      throw this.connection.judge(parameters[0], error);
    }
  }

  /** TypeORM wraps whatever a statement fails with; what we made ourselves is no failure of the statement. */
  private rethrow(error: unknown): never {
    const cause = driverErrorOf(error);
    const ours = cause instanceof ResourceError || cause === this.settings.options.signal?.reason;
    throw ours ? cause : error;
  }
}
