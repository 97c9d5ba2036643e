import { type ConnectionPool, OptionsError, ResourceRegistry } from '@nestjs-resources/core';
import type { PostgresClient } from '../driver/postgres.connection.js';
import type { TypeOrmResourceOptions } from '../module/typeorm-resource.options.js';
import type { SessionFactory } from '../session/session-factory.js';
import { createDatabase } from './database.js';
import {
  createDataSource,
  registerDataSource,
  type ManagedDataSource,
  type ManagedServer,
  type NamedResource,
  type PlaceInOrder,
} from './data-source.factory.js';

export interface PooledDataSourceFactoryOptions {
  /** Where everything it makes is registered. @default an own one, which `close()` closes */
  readonly registry?: ResourceRegistry;
}

/** Options of one database, with the name that it has in the registry. */
export type NamedDatabaseOptions = TypeOrmResourceOptions & {
  /** @default 'database' */
  readonly name?: string;
};

/** What came of an attempt to open several pools. */
export interface DatabasePools {
  /** Those that run, by role. */
  readonly pools: ReadonlyMap<string, ConnectionPool<PostgresClient>>;
  /** Why the others do not, by role. */
  readonly failures: ReadonlyMap<string, unknown>;
}

/**
 * Databases without NestJS, or made while the application runs, one per tenant for example. Whatever it makes is registered
 * under its name, seen by monitors, and ended by `close()`.
 *
 * @example
 * await using factory = new PooledDataSourceFactory();
 * const sessions = await factory.createSessionFactory({ type: 'postgres', url, entities: [Order] });
 * await sessions.transaction((tx) => tx.save(order));
 */
export class PooledDataSourceFactory {
  readonly registry: ResourceRegistry;
  private readonly made = new Set<string>();
  private readonly ownsRegistry: boolean;

  constructor({ registry }: PooledDataSourceFactoryOptions = {}) {
    this.ownsRegistry = registry === undefined;
    this.registry = registry ?? new ResourceRegistry();
  }

  /**
   * Opens a pool of raw connections, of `pg` or `mysql2`, for managing them by hand: `acquire`, `release`, `use`.
   *
   * @throws {ResourceExistsError} if the name is taken: two pools never share one silently
   */
  async createPool<C extends object = PostgresClient>(options: NamedDatabaseOptions): Promise<ConnectionPool<C>> {
    const { name = 'database', ...given } = options;
    const { pool, breaker } = createRawServer(name, given as TypeOrmResourceOptions);
    if (breaker) this.register(breaker);
    this.register(pool, given);
    await this.start([pool, breaker]);
    return pool as unknown as ConnectionPool<C>;
  }

  /** Opens one pool for each role. Those that can be opened are, whatever becomes of the others. */
  async createDatabasePools(roles: Readonly<Record<string, NamedDatabaseOptions>>): Promise<DatabasePools> {
    const pools = new Map<string, ConnectionPool<PostgresClient>>();
    const failures = new Map<string, unknown>();
    const opening = Object.entries(roles).map(async ([role, options]) => {
      try {
        pools.set(role, await this.createPool({ name: role, ...options }));
      } catch (error) {
        failures.set(role, error);
      }
    });
    await Promise.all(opening);
    return { pools, failures };
  }

  /** Makes a data source on our pools, initialises it, and gives the factory of its sessions. */
  async createSessionFactory(options: NamedDatabaseOptions): Promise<SessionFactory> {
    const { resource, servers, sessions } = this.createDataSource(options);
    await this.start([resource, ...servers.flatMap(({ pool, breaker }) => [pool, breaker])]);
    return sessions;
  }

  /** Makes and registers a data source, cold. */
  createDataSource({ name = 'database', ...options }: NamedDatabaseOptions): ManagedDataSource {
    const managed = createDataSource(name, options as TypeOrmResourceOptions);
    registerDataSource(this.registry, managed);
    for (const { pool, breaker } of managed.servers) this.made.add(pool.name).add(breaker?.name ?? pool.name);
    this.made.add(managed.resource.name);
    return managed;
  }

  /** Ends all it has made, dependants first. */
  async close(options: { timeout?: number } = {}): Promise<void> {
    if (this.ownsRegistry) await this.registry.close(options);
    else await this.unregister([...this.made].reverse());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private register(resource: NamedResource, { dependsOn = [], after = [] }: Partial<PlaceInOrder> = {}): void {
    this.registry.register(resource.name, resource, { dependsOn, after });
    this.made.add(resource.name);
  }

  /** Starts the first of them. If it does not start, none of them stays behind. */
  private async start([first, ...others]: readonly [NamedResource, ...(NamedResource | undefined)[]]): Promise<void> {
    try {
      await this.registry.started(first.name);
    } catch (error) {
      await this.unregister([first, ...others].flatMap((each) => each?.name ?? []));
      throw error;
    }
  }

  private async unregister(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.made.delete(name);
      if (this.registry.has(name)) await this.registry.unregister(name);
    }
  }
}

/** The primary server of a database, whose connections may be used without a data source. */
function createRawServer(name: string, options: TypeOrmResourceOptions): ManagedServer {
  const { keeping, servers } = createDatabase(name, options);
  if (keeping === 'pooled' && servers[0]) return servers[0];
  const problem = `must be one of 'postgres', 'mysql', 'mariadb' for a pool of raw connections, got ${options.type}`;
  throw new OptionsError(`Pool '${name}'`, [{ option: 'type', problem }], name);
}
