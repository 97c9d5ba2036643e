import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { Ambient } from '../session/ambient.js';
import type { ConnectionSource } from '../session/connection-source.js';
import { sqliteErrors } from './connection-errors.js';
import { DatabaseServer } from './database-server.js';
import { ExclusiveRunner } from './exclusive.runner.js';
import type { PoolingOptions } from './pooled.driver.js';
import { PooledSource, Servers } from './pooled.source.js';
import { type SqliteConnection, type SqliteDatabase, sqliteVerbs } from './sqlite.connection.js';
import { sqliteDialect } from './sqlite.dialect.js';

/** What we use of TypeORM's drivers for SQLite. */
interface SqliteDriver {
  databaseConnection: SqliteDatabase;
  /** The one for all. Without it the driver makes another. */
  queryRunner: QueryRunner | undefined;
}

/** Milliseconds that whoever has the database may take when the data source is destroyed by hand. */
const END_TIMEOUT = 10_000;

/**
 * SQLite has one connection, so the pool under it has one place: whoever has it has the database for himself. That makes
 * concurrent transactions correct, with the queue, the timeouts and the figures of any other pool.
 */
export class ExclusiveDatabase {
  readonly servers: Servers<SqliteConnection>;
  readonly source: ConnectionSource;
  private driver: SqliteDriver | undefined;

  constructor({ name, pool }: PoolingOptions) {
    const server = new DatabaseServer<SqliteConnection>({
      names: { pool: `${name}.pool`, breaker: `${name}.breaker` },
      verbs: sqliteVerbs(() => this.database()),
      errors: sqliteErrors,
      // There is nothing to refresh: TypeORM opens the database once.
      pool: { idleTimeout: Infinity, maxLifetime: Infinity, ...pool, maxSize: 1 },
      breaker: false,
    });
    this.servers = new Servers(server, []);
    this.source = new PooledSource(this.servers, sqliteDialect);
  }

  /** Gives each caller of TypeORM a runner that takes its turn. To be called before the data source initialises. */
  attach(dataSource: DataSource): void {
    const driver = (this.driver = dataSource.driver as unknown as SqliteDriver);
    const context = new AsyncLocalStorage<ExclusiveRunner>();
    const create = dataSource.createQueryRunner.bind(dataSource);
    const runners = new WeakMap<QueryRunner, ExclusiveRunner>();
    dataSource.createQueryRunner = (role) => {
      driver.queryRunner = undefined;
      const queryRunner = create(role);
      driver.queryRunner = undefined;
      const join = <R>(runner: ExclusiveRunner, work: () => R): R => context.run(runner, work);
      runners.set(queryRunner, new ExclusiveRunner(queryRunner, this.source, join));
      return queryRunner;
    };
    // Sessions are to make theirs by the above, not to join.
    Ambient.of(dataSource);
    const createOwn = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (role) => {
      const runner = context.getStore();
      return runner?.holds ? runner.joined : createOwn(role);
    };
    joinWithin(dataSource.manager, (queryRunner, work) => {
      const runner = runners.get(queryRunner);
      return runner ? context.run(runner, work) : work();
    });
    this.followLife(dataSource);
  }

  private database(): SqliteDatabase {
    const { databaseConnection } = this.driver ?? {};
    if (!databaseConnection) throw new Error('The data source is not initialised, so there is no database.');
    return databaseConnection;
  }

  private followLife(dataSource: DataSource): void {
    const { primary } = this.servers;
    const initialize = dataSource.initialize.bind(dataSource);
    const destroy = dataSource.destroy.bind(dataSource);
    dataSource.initialize = () => {
      primary.reconnect();
      return initialize();
    };
    dataSource.destroy = async () => {
      await primary.disconnect(END_TIMEOUT);
      await destroy();
    };
  }
}

/**
 * Within `dataSource.transaction(work)` a plain repository joins, as it does with TypeORM alone, where all share one runner.
 * It would wait for the end of the transaction that waits for it.
 */
function joinWithin(manager: EntityManager, join: <R>(runner: QueryRunner, work: () => R) => R): void {
  const transaction = manager.transaction.bind(manager) as (...parameters: unknown[]) => Promise<unknown>;
  const joined = (parameter: unknown): unknown =>
    typeof parameter === 'function'
      ? (tx: EntityManager): unknown => (tx.queryRunner ? join(tx.queryRunner, () => parameter(tx)) : parameter(tx))
      : parameter;
  Object.assign(manager, { transaction: (...parameters: unknown[]) => transaction(...parameters.map(joined)) });
}
