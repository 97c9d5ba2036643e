import type { Resource, ResourceRegistry } from '@nestjs-resources/core';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { poolMysql } from '../driver/mysql.driver.js';
import type { MysqlOptions } from '../driver/mysql.options.js';
import { poolPostgres, type Pooling } from '../driver/postgres.driver.js';
import type { PostgresOptions } from '../driver/postgres.options.js';
import type { TypeOrmResourceOptions } from '../module/typeorm-resource.options.js';
import type { ConnectionSource } from '../session/connection-source.js';
import { SessionFactory } from '../session/session-factory.js';
import { checkDataSourceOptions } from './data-source.check.js';
import { DataSourceResource, type Disconnectable } from './data-source.resource.js';

export type NamedResource = Resource & { readonly name: string };

/** A server of a data source, with what is registered of it. */
export interface ManagedServer extends Disconnectable {
  readonly pool: NamedResource;
  readonly breaker: NamedResource | undefined;
}

/** Options for TypeORM that lead to our pools. */
export interface PooledOptions {
  readonly options: DataSourceOptions;
  readonly source: ConnectionSource;
  /** The primary first. */
  readonly servers: readonly ManagedServer[];
}

/** A data source with everything that belongs to it. Cold: nothing is connected. */
export interface ManagedDataSource {
  readonly dataSource: DataSource;
  readonly sessions: SessionFactory;
  readonly resource: DataSourceResource;
  /** The primary first. */
  readonly servers: readonly ManagedServer[];
}

/** Which driver objects are ours, and where their sessions take connections from. */
const sources = new WeakMap<object, ConnectionSource>();

/** Where the sessions of a data source take their connections from, if it stands on our pools. */
export function sourceOf(dataSource: DataSource): ConnectionSource | undefined {
  const { driver } = dataSource.options as { driver?: object };
  return driver && sources.get(driver);
}

/**
 * Puts our pools under the options of a data source.
 *
 * @param name - in the registry
 * @throws {OptionsError}
 */
export function createDataSourceOptions(name: string, given: TypeOrmResourceOptions): PooledOptions {
  const { options, ...pooled } = poolDatabase(name, given);
  sources.set(pooled.driver, pooled.source);
  const servers = pooled.servers.all;
  return { options: { ...options, driver: pooled.driver } as DataSourceOptions, source: pooled.source, servers };
}

/** Makes the pools of a database. @throws {OptionsError} */
export function poolDatabase(
  name: string,
  given: TypeOrmResourceOptions,
): Pooling<object> & { readonly options: DataSourceOptions } {
  const { pool = {}, breaker = {}, sessions: _ours, ...options } = given;
  const { poolSize } = options as { poolSize?: number };
  const family = checkDataSourceOptions(name, { ...(options as { type: string }), pool, breaker });
  const pooling = { name, pool: { ...pool, maxSize: pool.maxSize ?? poolSize ?? 10 }, breaker };
  const pooled =
    family === 'postgres'
      ? poolPostgres(options as PostgresOptions, pooling)
      : poolMysql(options as MysqlOptions, pooling);
  return { ...(pooled as unknown as Pooling<object>), options: options as DataSourceOptions };
}

/**
 * Makes a data source whose connections come from our pools.
 *
 * @param prepare - called before it initialises
 * @throws {OptionsError}
 */
export function createDataSource(
  name: string,
  given: TypeOrmResourceOptions,
  prepare?: (dataSource: DataSource) => void,
): ManagedDataSource {
  const { options, source, servers } = createDataSourceOptions(name, given);
  const dataSource = new DataSource(options);
  const { sessions: defaults } = given;
  const sessions = new SessionFactory(dataSource, source, { resource: name, ...(defaults && { defaults }) });
  const resource = new DataSourceResource({
    name,
    dataSource,
    sessions,
    servers,
    ...(prepare && { prepare: () => prepare(dataSource) }),
  });
  return { dataSource, sessions, resource, servers };
}

/** Registers the pools and breakers of servers. A replica may be away without harm, so it is not critical. */
export function registerServers(registry: ResourceRegistry, [primary, ...replicas]: readonly ManagedServer[]): void {
  if (primary) registerServer(registry, primary, true);
  for (const replica of replicas) registerServer(registry, replica, false);
}

/** Registers a data source, its pools and its breakers; the data source starts after its pools. */
export function registerDataSource(registry: ResourceRegistry, { resource, servers }: ManagedDataSource): void {
  registerServers(registry, servers);
  const [primary, ...replicas] = servers.map(({ pool }) => pool.name);
  registry.register(resource.name, resource, { dependsOn: primary ? [primary] : [], after: replicas });
}

function registerServer(registry: ResourceRegistry, { pool, breaker }: ManagedServer, critical: boolean): void {
  if (breaker) registry.register(breaker.name, breaker);
  registry.register(pool.name, pool, { critical });
}
