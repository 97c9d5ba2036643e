import type { InjectionToken, OptionalFactoryDependency } from '@nestjs/common';
import { ResourceRegistry } from '@nestjs-resources/core';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { createDatabase, type Database } from '../data-source/database.js';
import { attachDatabase, createSessions, databaseOf, registerServers } from '../data-source/data-source.factory.js';
import { initializeInUse } from '../data-source/in-use.check.js';
import type { SessionFactory } from '../session/session-factory.js';
import type { SessionDefaults } from '../session/session.options.js';
import { tellIfObserved } from './typeorm-resource.log.js';
import type { TypeOrmResourceModuleOptions } from './typeorm-resource.options.js';
import { databaseNames } from './typeorm-resource.tokens.js';

/** How the options that `TypeOrmModule` hands on say which database they belong to. */
const DATABASE = Symbol('database');

/** What `TypeOrmModule.forRootAsync` takes. */
export interface PooledTypeOrmOptions {
  readonly name?: string;
  readonly inject: (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory: (registry?: ResourceRegistry) => DataSourceOptions;
  /** Makes and initialises the data source. */
  readonly dataSourceFactory: (options?: DataSourceOptions) => Promise<DataSource>;
}

/**
 * For those who keep `TypeOrmModule` of `@nestjs/typeorm`: its data source on our pools, which are registered if there is a
 * `ResourceModule`. `TypeOrmModule` connects while modules are loaded and disconnects at the end, as it always does.
 *
 * @example
 * imports: [TypeOrmModule.forRootAsync(pooledTypeOrm({ type: 'postgres', url, pool: { maxSize: 20 } }))]
 * providers: [{ provide: SessionFactory, inject: [DataSource], useFactory: sessionsOf }]
 */
export function pooledTypeOrm({ name, ...options }: TypeOrmResourceModuleOptions): PooledTypeOrmOptions {
  return {
    ...(name !== undefined && { name }),
    inject: [{ token: ResourceRegistry, optional: true }],
    useFactory: (registry) => {
      const database = createDatabase(databaseNames(name).dataSource, options);
      tellIfObserved(database, options);
      const { dependsOn = [], after = [] } = options;
      if (registry) registerServers(registry, database.servers, { dependsOn, after });
      return Object.assign({}, database.options, { [DATABASE]: database });
    },
    dataSourceFactory,
  };
}

/**
 * The session factory of a data source that stands on our pools.
 *
 * @param defaults - taken by every session that does not say otherwise
 * @throws Error if it does not
 */
export function sessionsOf(dataSource: DataSource, defaults?: SessionDefaults): SessionFactory {
  const database = databaseOf(dataSource);
  if (database?.source) return createSessions(dataSource, database, defaults);
  throw new Error('This data source does not stand on our pools. Make its options with pooledTypeOrm().');
}

async function dataSourceFactory(options?: DataSourceOptions): Promise<DataSource> {
  const { [DATABASE]: database, ...own } = options as DataSourceOptions & {
    [DATABASE]: Database;
    manualInitialization?: boolean;
  };
  const dataSource = new DataSource(own as DataSourceOptions);
  attachDatabase(dataSource, database);
  if (!own.manualInitialization) await initializeInUse(database.name, dataSource, database);
  return dataSource;
}
