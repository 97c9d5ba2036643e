import type { InjectionToken, OptionalFactoryDependency } from '@nestjs/common';
import { ResourceRegistry } from '@nestjs-resources/core';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { createDataSourceOptions, registerServers, sourceOf } from '../data-source/data-source.factory.js';
import { SessionFactory } from '../session/session-factory.js';
import type { TypeOrmResourceModuleOptions } from './typeorm-resource.options.js';
import { databaseNames } from './typeorm-resource.tokens.js';

/** What `TypeOrmModule.forRootAsync` takes. */
export interface PooledTypeOrmOptions {
  readonly name?: string;
  readonly inject: (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory: (registry?: ResourceRegistry) => DataSourceOptions;
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
      const pooled = createDataSourceOptions(databaseNames(name).dataSource, options);
      if (registry) registerServers(registry, pooled.servers);
      return pooled.options;
    },
  };
}

/**
 * The session factory of a data source that stands on our pools.
 *
 * @throws Error if it does not
 */
export function sessionsOf(dataSource: DataSource): SessionFactory {
  const source = sourceOf(dataSource);
  if (source) return new SessionFactory(dataSource, source);
  throw new Error('This data source does not stand on our pools. Make its options with pooledTypeOrm().');
}
