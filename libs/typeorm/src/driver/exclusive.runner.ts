import type { Lease } from '@nestjs-resources/core';
import { type QueryRunner, QueryRunnerAlreadyReleasedError } from 'typeorm';
import type { ConnectionSource } from '../session/connection-source.js';
import { currentAcquireContext } from './acquire-context.js';
import { type Flushable, type SqliteConnection, type SqliteDatabase, sendThrough } from './sqlite.connection.js';

type Method = (...parameters: never[]) => Promise<unknown>;

/** Runs `work` so that TypeORM's own calls within it join a runner. */
export type JoinRunner = <R>(runner: ExclusiveRunner, work: () => R) => R;

/**
 * A query runner of SQLite that has the database for itself, from its first statement to its release. TypeORM has one runner
 * for all, so that the transactions of two callers are one.
 *
 * A session that takes the runner replaces its `connect` and `release`; its statements then go through the session's gate.
 */
export class ExclusiveRunner {
  private lease: Lease<SqliteConnection> | undefined;
  private connecting: Promise<SqliteDatabase> | undefined;
  private joint: QueryRunner | undefined;

  constructor(
    readonly queryRunner: QueryRunner,
    private readonly source: ConnectionSource,
    join: JoinRunner,
  ) {
    const query = queryRunner.query.bind(queryRunner) as (...parameters: unknown[]) => Promise<unknown>;
    const release = queryRunner.release.bind(queryRunner);
    Object.assign(queryRunner, {
      connect: () => (this.connecting ??= this.connect()),
      query: async (...parameters: [text: string, ...unknown[]]) => {
        const connection = (await queryRunner.connect()) as object;
        return sendThrough(connection, queryRunner as Flushable, parameters[0], () => query(...parameters));
      },
      release: () => this.release(release),
      broadcaster: joining(queryRunner.broadcaster, (work) => join(this, work)),
    });
  }

  /** Whether it has the database now. */
  get holds(): boolean {
    return this.lease !== undefined;
  }

  /** The runner for those who join it: they do not release it. */
  get joined(): QueryRunner {
    const nothing = (): Promise<void> => Promise.resolve();
    return (this.joint ??= new Proxy(this.queryRunner, {
      get: (target, key) =>
        key === 'release' || key === Symbol.asyncDispose ? nothing : (Reflect.get(target, key) as unknown),
    }));
  }

  private async connect(): Promise<SqliteDatabase> {
    try {
      if (this.queryRunner.isReleased) throw new QueryRunnerAlreadyReleasedError();
      const context = currentAcquireContext();
      const lease = (this.source.tryAcquire('master', context?.label) ??
        (await this.source.acquire('master', context ?? {}))) as Lease<SqliteConnection>;
      return this.hold(lease);
    } catch (error) {
      this.connecting = undefined;
      throw error;
    }
  }

  private hold(lease: Lease<SqliteConnection>): SqliteDatabase {
    if (this.queryRunner.isReleased) {
      lease.release();
      throw new QueryRunnerAlreadyReleasedError();
    }
    this.lease = lease;
    return lease.resource.lend();
  }

  /** Undoes what is open, saves what has to be saved, and lets the next have the database. */
  private async release(original: Method): Promise<void> {
    if (this.queryRunner.isReleased) return;
    const { lease } = this;
    Object.assign(this.queryRunner, { isReleased: true });
    try {
      lease?.resource.rollBack();
      Object.assign(this.queryRunner, { isTransactionActive: false, transactionDepth: 0 });
      await original();
    } finally {
      this.lease = undefined;
      lease?.release();
    }
  }
}

/** Subscribers and listeners are called while the runner has the database: what they do has to join it. */
function joining<B extends object>(broadcaster: B, join: <R>(work: () => R) => R): B {
  return new Proxy(broadcaster, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) => join(() => (value as Method).apply(target, parameters as never[]));
    },
  });
}
