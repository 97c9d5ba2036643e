import type { Readable } from 'node:stream';
import type { EntityManager, EntityTarget, ObjectLiteral, QueryRunner, Repository, SelectQueryBuilder } from 'typeorm';
import type { Ambient } from './ambient.js';
import type { ConnectionSource } from './connection-source.js';
import { bindManager } from './session-manager.js';
import { SessionRunner } from './session-runner.js';
import type { SessionSettings } from './session-settings.js';
import type { SessionWatch } from './session-watch.js';
import { nameRunner } from './slow-queries.js';
import type { SessionWork, TransactionOptions } from './session.options.js';
import { runTransaction, type TransactionCounters } from './transaction.js';
import { TransactionLevel } from './transaction-level.js';

/** What a session needs of the factory that opens it. */
export interface SessionContext extends SessionSettings {
  readonly ambient: Ambient;
  readonly watch: SessionWatch;
  /** The session of whoever opened it. */
  readonly around: Session | undefined;
  readonly counters: TransactionCounters;
  /** Told once, when the session has ended. */
  readonly ended: () => void;
}

/**
 * A conversation with the database over one connection, which it takes from the pool at its first statement. Opening it
 * costs nothing. It ends with `close()` or at the end of its `await using` block: what is not committed then is rolled
 * back, whatever happened.
 *
 * Statements run one at a time, in the order in which they were begun.
 *
 * @example
 * await using session = sessions.open();
 * const order = await session.getRepository(Order).findOneByOrFail({ id });
 * await session.transaction((tx) => tx.save(pay(order)));
 */
export class Session {
  private runner: SessionRunner | undefined;
  private root: TransactionLevel | undefined;
  private closing: Promise<void> | undefined;

  /** @internal Use `SessionFactory.open()`. */
  constructor(private readonly context: SessionContext) {}

  /** For entities; the same object all the time. */
  get manager(): EntityManager {
    return this.queryRunner.manager;
  }

  /** TypeORM's view of the session. Its `connect` and `release` leave the pool alone. */
  get queryRunner(): QueryRunner {
    return this.opened().queryRunner;
  }

  /** How messages call it. */
  get name(): string {
    return this.context.name;
  }

  /** Whether it holds a connection now. */
  get isLeased(): boolean {
    return this.runner?.isLeased ?? false;
  }

  /** Whether a transaction is open. */
  get inTransaction(): boolean {
    return this.runner?.inTransaction ?? false;
  }

  /** Whether a stream of it is being read. */
  get isStreaming(): boolean {
    return this.runner?.isStreaming ?? false;
  }

  get isClosed(): boolean {
    return this.closing !== undefined;
  }

  /** The repository of an entity, bound to this session. */
  getRepository<Entity extends ObjectLiteral>(target: EntityTarget<Entity>): Repository<Entity> {
    return this.manager.getRepository(target);
  }

  /**
   * Runs one SQL statement.
   *
   * @returns rows; for UPDATE and DELETE `[rows, affected]`, as TypeORM does
   * @throws {SessionClosedError}
   * @throws {StreamOpenError} while a stream of it is being read
   * @throws {ConnectionLostError}
   */
  query<R = unknown>(sql: string, parameters?: unknown[]): Promise<R> {
    return this.queryRunner.query(sql, parameters) as Promise<R>;
  }

  /**
   * Reads rows as they come, until the stream is read to its end or destroyed. Meanwhile other statements of the session are
   * refused, for they would wait for ever; those of another session are not. A stream of a transaction ends with it.
   *
   * The signal and the deadline of the session end it; `statementTimeout` limits each wait for rows.
   *
   * @param query - SQL, or a query builder
   * @throws {SessionClosedError}
   * @throws {StreamOpenError}
   */
  stream(query: string | SelectQueryBuilder<ObjectLiteral>, parameters?: unknown[]): Promise<Readable> {
    if (typeof query === 'string') return this.queryRunner.stream(query, parameters) as Promise<Readable>;
    const [sql, own] = query.getQueryAndParameters();
    return this.queryRunner.stream(sql, own) as Promise<Readable>;
  }

  /** Asks the server to end the statement under way, which then fails. Does nothing if there is none. */
  async cancel(): Promise<void> {
    await this.runner?.cancel();
  }

  /**
   * Runs `work` in a transaction: committed if it succeeds, rolled back if it throws. Within a transaction of this session
   * it is a savepoint. Plain repositories used within `work` join. A connection taken for it is given back at its end.
   *
   * @throws what `work` throws
   * @throws {TransactionAbortedError} if a failed statement, whose error was swallowed, had undone it
   * @throws {TransactionEndedError} if a statement in it had ended it, e.g. a COMMIT written by hand
   * @throws {ConnectionLostError} whose `transaction` says whether it may have been committed
   */
  transaction<R>(work: SessionWork<R>): Promise<R>;
  transaction<R>(options: TransactionOptions, work: SessionWork<R>): Promise<R>;
  transaction<R>(...parameters: [SessionWork<R>] | [TransactionOptions, SessionWork<R>]): Promise<R> {
    const [options, work] = parameters.length === 1 ? [{}, parameters[0]] : parameters;
    const { ambient, counters, source } = this.context;
    const isRetryable = (error: unknown): boolean => source.dialect.errors.isRetryable(error);
    return runTransaction({ runner: this.opened(), parent: this.level, ambient, counters, isRetryable }, options, work);
  }

  /** Ends it: rolls back what is open and gives the connection back. Never commits, never fails; again does nothing. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Where in the session the current asynchronous context is. @internal */
  get level(): TransactionLevel {
    const { level } = this.context.ambient;
    return level?.session === this ? level : (this.root ??= new TransactionLevel(this, 0));
  }

  /** Where its connections come from. @internal */
  get source(): ConnectionSource {
    return this.context.source;
  }

  /** From now on its transaction is to be committed, whatever its signal and its deadline say. @internal */
  decide(): void {
    this.runner?.decide();
  }

  /** Within it, but not through it, somebody takes a connection. @internal */
  besides(): void {
    this.context.watch.taken(undefined, this);
  }

  /** Who may hold a connection already where this one takes one. */
  private holder(): Session | undefined {
    const { ambient, around } = this.context;
    const current = ambient.level?.session;
    return current === this ? around : current;
  }

  private opened(): SessionRunner {
    if (this.runner) return this.runner;
    const { ambient, options, watch } = this.context;
    const queryRunner = ambient.createQueryRunner(options.mode === 'replica' ? 'slave' : 'master');
    nameRunner(queryRunner, options.label);
    this.runner = new SessionRunner(queryRunner, this.context, () => watch.taken(this, this.holder()));
    bindManager(this, queryRunner.manager);
    // Whoever holds on to a session that was closed before its first statement is refused like any other.
    if (this.closing) void this.runner.close();
    return this.runner;
  }

  private end(): Promise<void> {
    const ending = this.runner?.close();
    if (ending) return ending.finally(() => this.ended());
    this.ended();
    return DONE;
  }

  private ended(): void {
    if (this.root) this.root.ended = true;
    this.context.ended();
  }
}

const DONE = Promise.resolve();
