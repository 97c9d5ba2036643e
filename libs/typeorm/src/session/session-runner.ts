import { attempt, systemClock, type Lease } from '@nestjs-resources/core';
import type { QueryRunner } from 'typeorm';
import { driverErrorOf } from '../driver/connection-errors.js';
import type { ConnectionSource, ServerRole } from './connection-source.js';
import { OneAtATime } from './one-at-a-time.js';
import {
  ConnectionLostError,
  type LostTransaction,
  SessionClosedError,
  TransactionAbortedError,
} from './session.errors.js';
import type { SessionOptions, TransactionOptions } from './session.options.js';

/** Milliseconds. A server that does not answer a rollback is left to notice the closed connection. */
const ROLLBACK_TIMEOUT = 5_000;

/** What TypeORM keeps to itself and a lost connection makes us set right. */
type TransactionState = { isTransactionActive: boolean; transactionDepth: number };

export interface SessionRunnerSettings {
  readonly source: ConnectionSource;
  readonly options: SessionOptions;
  /** Begins the messages of errors, e.g. `Session 'checkout'`. */
  readonly name: string;
  /** Name of the data source in the registry. */
  readonly resource: string | undefined;
}

/**
 * A query runner of TypeORM whose connection is ours: taken from the pool at the first statement, one statement at a time,
 * given back when the session says so and not when TypeORM does.
 *
 * TypeORM's own runner is used as it is, except for the few methods that deal with the connection; those are replaced on
 * the instance.
 */
export class SessionRunner {
  private readonly statements = new OneAtATime();
  private lease: Lease<object> | undefined;
  /** What TypeORM is given, as long as the lease lasts. One promise for all who ask, so that they go on in their order. */
  private connection: Promise<object> | undefined;
  private waiting: AbortController | undefined;
  private closed = false;
  private firstFailure: unknown;
  private lost: ConnectionLostError | undefined;

  constructor(
    readonly queryRunner: QueryRunner,
    private readonly settings: SessionRunnerSettings,
  ) {
    this.tame(queryRunner);
  }

  /** Whether it holds a connection now. */
  get isLeased(): boolean {
    return this.lease !== undefined;
  }

  get inTransaction(): boolean {
    return this.queryRunner.isTransactionActive;
  }

  /** Begins a transaction, or a savepoint within one. */
  async begin(options: TransactionOptions): Promise<void> {
    this.assertOpen();
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
    if (this.lost) throw this.lost;
    await this.queryRunner.commitTransaction();
    if (!this.inTransaction) this.firstFailure = undefined;
  }

  /** Undoes the innermost transaction. A connection on which that fails is destroyed, which undoes it too. */
  async rollBack(): Promise<void> {
    const state = this.queryRunner as unknown as TransactionState;
    const depth = Math.max(0, state.transactionDepth - 1);
    try {
      if (this.lease && state.isTransactionActive) await this.queryRunner.rollbackTransaction();
    } catch (error) {
      this.abandon(error);
    }
    state.transactionDepth = depth;
    this.firstFailure = undefined;
    if (depth > 0) return;
    state.isTransactionActive = false;
    this.lost = undefined;
  }

  /** Gives the connection back to the pool. */
  giveBack(): void {
    const { lease } = this;
    this.lease = this.connection = undefined;
    lease?.release();
  }

  /** Ends it: nothing is begun any more, what is under way is awaited, what is open is rolled back. */
  async close(): Promise<void> {
    this.closed = true;
    this.waiting?.abort(this.closedError());
    await this.connection?.catch(() => undefined);
    await this.statements.enter();
    if (this.lease && this.inTransaction) await this.undoEverything(this.lease.resource);
    this.giveBack();
    this.statements.leave();
  }

  private tame(runner: QueryRunner): void {
    const query = runner.query.bind(runner) as (...parameters: unknown[]) => Promise<unknown>;
    const nothing = (): Promise<void> => Promise.resolve();
    Object.assign(runner, {
      connect: () => this.connect(),
      query: (...parameters: unknown[]) => query(...parameters).catch(rethrowOurs),
      release: nothing,
      // TypeORM's own commits what is open, even when an error ends the block.
      [Symbol.asyncDispose]: nothing,
    });
  }

  private connect(): Promise<object> {
    if (this.closed) return Promise.reject(this.closedError());
    if (this.lost) return Promise.reject(this.lost);
    return (this.connection ??= this.lend());
  }

  private lend(): Promise<object> {
    const role = this.queryRunner.getReplicationMode();
    const idle = this.settings.source.tryAcquire(role, this.settings.options.label);
    return idle ? Promise.resolve(this.hold(idle)) : this.lendLater(role);
  }

  private async lendLater(role: ServerRole): Promise<object> {
    try {
      const lease = await this.waitForLease(role);
      if (!this.closed) return this.hold(lease);
      lease.release();
      throw this.closedError();
    } catch (error) {
      this.connection = undefined;
      throw error;
    }
  }

  private hold(lease: Lease<object>): object {
    this.lease = lease;
    return this.settings.source.dialect.gate(lease.resource, (text, send) => this.run(text, send));
  }

  private async waitForLease(role: ServerRole): Promise<Lease<object>> {
    const { signal, acquireTimeout, label } = this.settings.options;
    this.waiting = new AbortController();
    const either = signal ? AbortSignal.any([signal, this.waiting.signal]) : this.waiting.signal;
    try {
      return await this.settings.source.acquire(role, { signal: either, timeout: acquireTimeout, label });
    } finally {
      this.waiting = undefined;
    }
  }

  private async run<R>(text: string, send: () => Promise<R>): Promise<R> {
    const turn = this.statements.enter(this.settings.options.signal);
    if (turn) await turn;
    try {
      if (this.closed) throw this.closedError();
      if (this.lost) throw this.lost;
      return this.accept(text, await send());
    } catch (error) {
      throw this.judge(text, error);
    } finally {
      this.statements.leave();
    }
  }

  private accept<R>(text: string, result: R): R {
    if (!this.settings.source.dialect.isRefusedCommit(text, result)) return result;
    throw new TransactionAbortedError(this.firstFailure, this.settings.resource);
  }

  private judge(text: string, error: unknown): unknown {
    const ours = error instanceof SessionClosedError || error instanceof TransactionAbortedError || error === this.lost;
    if (ours || !this.lease) return error;
    const { dialect } = this.settings.source;
    const cause = dialect.lostBecause(this.lease.resource) ?? error;
    if (cause !== error || dialect.errors.isConnectionError(error)) return this.lose(text, cause);
    if (dialect.isRefusedCommit(text, error))
      return new TransactionAbortedError(this.firstFailure, this.settings.resource);
    if (this.inTransaction) this.firstFailure ??= error;
    return error;
  }

  private lose(text: string, cause: unknown): ConnectionLostError {
    const transaction: LostTransaction = !this.inTransaction
      ? 'none'
      : /^\s*commit/i.test(text)
        ? 'unknown'
        : 'rolled back';
    const error = new ConnectionLostError(transaction, cause, this.settings.resource);
    this.abandon(cause);
    if (this.inTransaction) this.lost = error;
    return error;
  }

  private abandon(cause: unknown): void {
    const { lease } = this;
    this.lease = this.connection = undefined;
    lease?.destroy(cause instanceof Error ? cause.message : String(cause));
  }

  /** Past TypeORM and the gate, which are closed by now. */
  private async undoEverything(connection: object): Promise<void> {
    const outcome = await attempt(() => this.settings.source.dialect.rollBack(connection), {
      clock: systemClock,
      what: `Rolling back what ${this.settings.name} left open`,
      timeout: ROLLBACK_TIMEOUT,
      hold: true,
    });
    if (!outcome.ok) this.abandon(outcome.error);
    Object.assign(this.queryRunner, { isTransactionActive: false, transactionDepth: 0 });
  }

  private assertOpen(): void {
    if (this.closed) throw this.closedError();
  }

  private closedError(): SessionClosedError {
    return new SessionClosedError(this.settings.name, this.settings.resource);
  }
}

/** TypeORM wraps whatever a statement fails with; what we made ourselves is no failure of the statement. */
function rethrowOurs(error: unknown): never {
  const cause = driverErrorOf(error);
  const ours =
    cause instanceof ConnectionLostError ||
    cause instanceof TransactionAbortedError ||
    cause instanceof SessionClosedError;
  throw ours ? cause : error;
}
