import type { CircuitBreakerOptions, PoolOptions } from '@nestjs-resources/core';
import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { DataSourceOptions, EntitySchema } from 'typeorm';
import type { SessionDefaults } from '../session/session.options.js';

/** An entity class, a schema, or a repository class of yours. */
export type EntityClassOrSchema = (abstract new (...parameters: never[]) => object) | EntitySchema<object>;

/** The pool below a data source: a `ConnectionPool` whose verbs are known already. Durations are milliseconds. */
export type DatabasePoolOptions = Omit<
  PoolOptions<object>,
  'name' | 'create' | 'destroy' | 'validate' | 'reset' | 'destroyOnError'
>;

/** What our pool and sessions add to the options of a TypeORM data source. */
export interface ResourceDataSourceOptions {
  /**
   * The pool of connections, one for each server. SQLite has one connection, so its `maxSize` is 1.
   *
   * `'observe'` leaves the driver its own pool: the data source is started, stopped and watched, and there are no sessions.
   * Drivers whose pool cannot be replaced (all but PostgreSQL, MySQL, MariaDB, better-sqlite3 and sql.js) are always only
   * observed.
   *
   * @default maxSize: TypeORM's `poolSize`, else 10; everything else as in `ConnectionPool`
   */
  readonly pool?: DatabasePoolOptions | 'observe';
  /**
   * Guards connecting, and counts lost connections. Shared by everything that uses the server. `false` switches it off.
   *
   * @default opens after maxSize + 5 connection errors in a row; tries again after pauses of a twentieth of the time that the
   * server has been away, from 50 ms to 1 s
   */
  readonly breaker?: CircuitBreakerOptions | false;
  /** Taken by every session that does not say otherwise. */
  readonly sessions?: SessionDefaults;
  /** Names of resources that must run before it connects and may close only after it, an embedded server for example. */
  readonly dependsOn?: readonly string[];
  /** Names of resources that start before and close after it, whether or not they run. */
  readonly after?: readonly string[];
}

/**
 * Options of TypeORM, and ours. `name` names the data source; without it there is one, the default.
 *
 * @example
 * TypeOrmResourceModule.forRoot({ type: 'postgres', url: process.env.DATABASE_URL, pool: { maxSize: 20 } })
 */
export type TypeOrmResourceOptions = DataSourceOptions & ResourceDataSourceOptions;

/** What can be known before factories run, because tokens are made of it. */
export interface TypeOrmResourceStatics {
  /** Names the data source. @default 'default' */
  readonly name?: string;
}

export type TypeOrmResourceModuleOptions = TypeOrmResourceOptions & TypeOrmResourceStatics;

export interface TypeOrmResourceOptionsFactory {
  createTypeOrmResourceOptions(name?: string): TypeOrmResourceOptions | Promise<TypeOrmResourceOptions>;
}

/** One of `useFactory`, `useClass` and `useExisting`. */
export interface TypeOrmResourceModuleAsyncOptions extends TypeOrmResourceStatics, Pick<ModuleMetadata, 'imports'> {
  // Typed as Nest types it: what `inject` yields is known to its writer only.
  readonly useFactory?: FactoryProvider<TypeOrmResourceOptions | Promise<TypeOrmResourceOptions>>['useFactory'];
  readonly inject?: FactoryProvider['inject'];
  readonly useClass?: Type<TypeOrmResourceOptionsFactory>;
  readonly useExisting?: Type<TypeOrmResourceOptionsFactory>;
}
