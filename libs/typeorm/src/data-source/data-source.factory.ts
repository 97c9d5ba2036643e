import type { Resource, ResourceRegistry } from '@nestjs-resources/core';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { TypeOrmResourceOptions } from '../module/typeorm-resource.options.js';
import { SessionFactory } from '../session/session-factory.js';
import { PostgresDriver } from '../driver/postgres.driver.js';
import { PostgresSource } from '../driver/postgres.source.js';
import { checkPostgresOptions } from './data-source.check.js';
import { DataSourceResource } from './data-source.resource.js';

export type NamedResource = Resource & { readonly name: string };

/** A data source with everything that belongs to it. Cold: nothing is connected. */
export interface ManagedDataSource {
  readonly dataSource: DataSource;
  readonly sessions: SessionFactory;
  readonly resource: DataSourceResource;
  readonly pools: readonly NamedResource[];
  readonly breakers: readonly NamedResource[];
}

/**
 * Makes a data source whose connections come from our pools.
 *
 * @param name - in the registry
 * @param prepare - called before it initialises
 * @throws {OptionsError}
 */
export function createDataSource(
  name: string,
  options: TypeOrmResourceOptions,
  prepare?: (dataSource: DataSource) => void,
): ManagedDataSource {
  const { pool = {}, breaker = {}, sessions: defaults, ...own } = options;
  if (own.type !== 'postgres') throw new Error(`Data sources of type '${own.type}' are not supported yet.`);
  checkPostgresOptions(name, { ...own, pool, breaker });

  const maxSize = pool.maxSize ?? own.poolSize ?? 10;
  const driver = new PostgresDriver({ options: own, name, pool: { ...pool, maxSize }, breaker });
  const dataSource = new DataSource({ ...own, driver: driver.driver } as DataSourceOptions);
  const sessions = new SessionFactory(dataSource, new PostgresSource(driver), {
    resource: name,
    ...(defaults && { defaults }),
  });
  const { servers } = driver;
  const resource = new DataSourceResource({
    name,
    dataSource,
    sessions,
    servers,
    ...(prepare && { prepare: () => prepare(dataSource) }),
  });
  const breakers = servers.flatMap((server) => server.breaker ?? []);
  return { dataSource, sessions, resource, pools: servers.map((server) => server.pool), breakers };
}

/** Registers a data source, its pools and its breakers; the data source starts after its pools. */
export function registerDataSource(registry: ResourceRegistry, managed: ManagedDataSource): void {
  const { resource, pools, breakers } = managed;
  for (const breaker of breakers) registry.register(breaker.name, breaker);
  for (const pool of pools) registry.register(pool.name, pool);
  registry.register(resource.name, resource, { dependsOn: pools.map((pool) => pool.name) });
}
