import type { RegisterOptions, Resource, ResourceRegistry } from '@nestjs-resources/core';
import { DataSource } from 'typeorm';
import type { TypeOrmResourceOptions } from '../module/typeorm-resource.options.js';
import { SessionFactory } from '../session/session-factory.js';
import type { SessionDefaults } from '../session/session.options.js';
import { guardCache } from './cache-guard.js';
import { createDatabase, type Database } from './database.js';
import { DataSourceResource, type Disconnectable } from './data-source.resource.js';
import { ObservedSessions } from './observed.sessions.js';

export type NamedResource = Resource & { readonly name: string };

/** A server of a data source, with what is registered of it. */
export interface ManagedServer extends Disconnectable {
  readonly pool: NamedResource;
  readonly breaker: NamedResource | undefined;
}

/** A data source with everything that belongs to it. Cold: nothing is connected. */
export interface ManagedDataSource {
  readonly dataSource: DataSource;
  readonly sessions: SessionFactory;
  readonly resource: DataSourceResource;
  /** The primary first; none if it is only observed. */
  readonly servers: readonly ManagedServer[];
  readonly database: Database;
  readonly place: PlaceInOrder;
}

/** What a data source, and its pools with it, comes after. */
export type PlaceInOrder = Required<Pick<RegisterOptions, 'dependsOn' | 'after'>>;

/** Which data sources are ours. */
const databases = new WeakMap<DataSource, Database>();

/** What stands below a data source, if that is ours. */
export function databaseOf(dataSource: DataSource): Database | undefined {
  return databases.get(dataSource);
}

/** Puts a database below a data source that has not been initialised. */
export function attachDatabase(dataSource: DataSource, database: Database): void {
  databases.set(dataSource, database);
  database.attach(dataSource);
  guardCache(dataSource);
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
  const database = createDatabase(name, given);
  const dataSource = new DataSource(database.options);
  attachDatabase(dataSource, database);
  const sessions = createSessions(dataSource, database, given.sessions);
  const resource = new DataSourceResource({
    name,
    dataSource,
    sessions,
    database,
    ...(prepare && { prepare: () => prepare(dataSource) }),
  });
  const { dependsOn = [], after = [] } = given;
  return { dataSource, sessions, resource, servers: database.servers, database, place: { dependsOn, after } };
}

/** The session factory of a data source, if that is ours. */
export function createSessions(dataSource: DataSource, database: Database, defaults?: SessionDefaults): SessionFactory {
  const { name, source } = database;
  return source
    ? new SessionFactory(dataSource, source, { resource: name, ...(defaults && { defaults }) })
    : new ObservedSessions(dataSource, name);
}

/** Registers the pools and breakers of servers. A replica may be away without harm, so it is not critical. */
export function registerServers(
  registry: ResourceRegistry,
  [primary, ...replicas]: readonly ManagedServer[],
  place: PlaceInOrder,
): void {
  if (primary) registerServer(registry, primary, { ...place, critical: true });
  for (const replica of replicas) registerServer(registry, replica, { ...place, critical: false });
}

/** Registers a data source, its pools and its breakers; the data source starts after its pools. */
export function registerDataSource(registry: ResourceRegistry, { resource, servers, place }: ManagedDataSource): void {
  registerServers(registry, servers, place);
  const [primary, ...replicas] = servers.map(({ pool }) => pool.name);
  const { dependsOn, after } = place;
  registry.register(resource.name, resource, {
    dependsOn: primary ? [primary, ...dependsOn] : dependsOn,
    after: [...replicas, ...after],
  });
}

function registerServer(registry: ResourceRegistry, { pool, breaker }: ManagedServer, options: RegisterOptions): void {
  if (breaker) registry.register(breaker.name, breaker);
  registry.register(pool.name, pool, options);
}
