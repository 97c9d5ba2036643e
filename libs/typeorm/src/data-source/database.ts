import type { DataSource, DataSourceOptions } from 'typeorm';
import { poolMysql } from '../driver/mysql.driver.js';
import type { MysqlOptions } from '../driver/mysql.options.js';
import type { PoolingOptions } from '../driver/pooled.driver.js';
import { poolPostgres, type Pooling } from '../driver/postgres.driver.js';
import type { PostgresOptions } from '../driver/postgres.options.js';
import { ExclusiveDatabase } from '../driver/sqlite.driver.js';
import type { TypeOrmResourceOptions } from '../module/typeorm-resource.options.js';
import type { ConnectionSource } from '../session/connection-source.js';
import { checkDataSourceOptions } from './data-source.check.js';
import type { ManagedServer } from './data-source.factory.js';
import { guardRunners, guardWaitingRunners } from './destroy-guard.js';
import { ObservedDatabase, type ObservedFigures } from './observed.data-source.js';

/**
 * How connections of a data source are kept: in a pool of ours; one, for one user at a time (SQLite); or by the driver, as
 * if we were not there.
 */
export type ConnectionKeeping = 'pooled' | 'exclusive' | 'observed';

/** A database before there is a data source. */
export interface Database {
  readonly name: string;
  readonly keeping: ConnectionKeeping;
  /** For TypeORM. */
  readonly options: DataSourceOptions;
  /** Where sessions take connections from; nowhere if it is only observed. */
  readonly source: ConnectionSource | undefined;
  /** The primary first; none if it is only observed. */
  readonly servers: readonly ManagedServer[];
  /** To be called with the data source, before it initialises. */
  attach(dataSource: DataSource): void;
  /** If it is observed: what is seen. */
  figures?(): ObservedFigures;
}

/** @throws {OptionsError} */
export function createDatabase(name: string, given: TypeOrmResourceOptions): Database {
  const { pool = {}, breaker = {}, sessions: _sessions, dependsOn: _dependsOn, after: _after, ...options } = given;
  const family = checkDataSourceOptions(name, given);
  if (family === 'other' || pool === 'observe') return observed(name, options as DataSourceOptions);
  const { poolSize } = options as { poolSize?: number };
  const pooling = { name, pool: { ...pool, maxSize: pool.maxSize ?? poolSize ?? 10 }, breaker };
  if (family === 'sqlite') return exclusive(options as DataSourceOptions, pooling);
  return pooled(family, options as DataSourceOptions, pooling);
}

function pooled(family: 'postgres' | 'mysql', options: DataSourceOptions, pooling: PoolingOptions): Database {
  const { driver, source, servers } = (family === 'postgres'
    ? poolPostgres(options as PostgresOptions, pooling)
    : poolMysql(options as MysqlOptions, pooling)) as unknown as Pooling<object>;
  return {
    name: pooling.name,
    keeping: 'pooled',
    // TypeORM 0.3 takes a driver it is given for `mysql`, and parses JSON differently, unless told.
    options: { ...options, ...(family === 'mysql' && { connectorPackage: 'mysql2' }), driver } as DataSourceOptions,
    source,
    servers: servers.all,
    attach: family === 'postgres' ? guardRunners : guardWaitingRunners,
  };
}

function exclusive(options: DataSourceOptions, pooling: PoolingOptions): Database {
  const database = new ExclusiveDatabase(pooling);
  return {
    name: pooling.name,
    keeping: 'exclusive',
    options,
    source: database.source,
    servers: database.servers.all,
    attach: (dataSource) => database.attach(dataSource),
  };
}

function observed(name: string, options: DataSourceOptions): Database {
  const database = new ObservedDatabase();
  return {
    name,
    keeping: 'observed',
    options,
    source: undefined,
    servers: [],
    attach: (dataSource) => database.attach(dataSource),
    figures: () => database.figures,
  };
}
