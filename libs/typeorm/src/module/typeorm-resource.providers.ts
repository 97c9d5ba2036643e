import type { InjectionToken, Provider } from '@nestjs/common';
import { ResourceRegistry } from '@nestjs-resources/core';
import { getCircuitBreakerToken, getPoolToken } from '@nestjs-resources/nest';
import { type DataSource, getMetadataArgsStorage } from 'typeorm';
import { createDataSource, registerDataSource, type ManagedDataSource } from '../data-source/data-source.factory.js';
import { currentSession } from '../session/current-session.js';
import { EntityCollection } from './entity-collection.js';
import { tellIfObserved } from './typeorm-resource.log.js';
import type {
  EntityClassOrSchema,
  TypeOrmResourceModuleAsyncOptions,
  TypeOrmResourceOptions,
  TypeOrmResourceOptionsFactory,
} from './typeorm-resource.options.js';
import {
  databaseNames,
  getDataSourceToken,
  getEntityCollectionToken,
  getEntityManagerToken,
  getRepositoryToken,
  getSessionFactoryToken,
  getSessionToken,
} from './typeorm-resource.tokens.js';

const optionsToken = (name?: string): string => `TypeOrmResourceOptions_${name ?? 'default'}`;
const managedToken = (name?: string): string => `ManagedDataSource_${name ?? 'default'}`;

/** What of a data source can be injected anywhere. */
export function exportedTokens(name: string | undefined): InjectionToken[] {
  const { pool, breaker } = databaseNames(name);
  return [
    getDataSourceToken(name),
    getEntityManagerToken(name),
    getSessionFactoryToken(name),
    getSessionToken(name),
    getEntityCollectionToken(name),
    getPoolToken(pool),
    getCircuitBreakerToken(breaker),
  ];
}

/** Everything about one data source. Made cold and registered; the owner of the application's life starts it. */
export function createDataSourceProviders(name: string | undefined): Provider[] {
  const managed = managedToken(name);
  const { pool, breaker } = databaseNames(name);
  return [
    { provide: getEntityCollectionToken(name), useFactory: () => new EntityCollection() },
    {
      provide: managed,
      inject: [ResourceRegistry, optionsToken(name), getEntityCollectionToken(name)],
      useFactory: (registry: ResourceRegistry, options: TypeOrmResourceOptions, entities: EntityCollection) =>
        manage(registry, name, options, entities),
    },
    { provide: getDataSourceToken(name), inject: [managed], useFactory: (made: ManagedDataSource) => made.dataSource },
    {
      provide: getEntityManagerToken(name),
      inject: [managed],
      useFactory: (made: ManagedDataSource) => made.dataSource.manager,
    },
    {
      provide: getSessionFactoryToken(name),
      inject: [managed],
      useFactory: (made: ManagedDataSource) => made.sessions,
    },
    {
      provide: getSessionToken(name),
      inject: [managed],
      useFactory: (made: ManagedDataSource) => currentSession(made.sessions),
    },
    { provide: getPoolToken(pool), inject: [managed], useFactory: (made: ManagedDataSource) => made.servers[0]?.pool },
    {
      provide: getCircuitBreakerToken(breaker),
      inject: [managed],
      useFactory: (made: ManagedDataSource) => made.servers[0]?.breaker,
    },
  ];
}

function manage(
  registry: ResourceRegistry,
  name: string | undefined,
  options: TypeOrmResourceOptions,
  entities: EntityCollection,
): ManagedDataSource {
  const managed = createDataSource(databaseNames(name).dataSource, options, (dataSource) =>
    addEntities(dataSource, entities),
  );
  tellIfObserved(managed.database, options);
  registerDataSource(registry, managed);
  return managed;
}

/** What modules declared with `forFeature` is complete when all providers are built, which is before the start. */
function addEntities(dataSource: DataSource, { all }: EntityCollection): void {
  if (all.length === 0) return;
  const { entities = [] } = dataSource.options;
  const own = Array.isArray(entities) ? (entities as unknown[]) : Object.values(entities as object);
  dataSource.setOptions({ entities: [...new Set([...own, ...all])] as never });
}

export function createOptionsProviders(options: TypeOrmResourceModuleAsyncOptions): Provider[] {
  const provide = optionsToken(options.name);
  const { useFactory, inject = [], useClass, useExisting } = options;
  if (useFactory) return [{ provide, useFactory, inject }];
  const factory = useExisting ?? useClass;
  if (!factory) throw new Error('TypeOrmResourceModule.forRootAsync() needs useFactory, useClass or useExisting.');
  const fromFactory: Provider = {
    provide,
    inject: [factory],
    useFactory: (made: TypeOrmResourceOptionsFactory) => made.createTypeOrmResourceOptions(options.name),
  };
  return useClass ? [{ provide: useClass, useClass }, fromFactory] : [fromFactory];
}

/** Repositories can be made before the data source is initialised; they ask it for metadata when they are used. */
export function createRepositoryProviders(entities: readonly EntityClassOrSchema[], name?: string): Provider[] {
  const trees = new Set<unknown>(getMetadataArgsStorage().trees.map(({ target }) => target));
  return entities.map((entity) => ({
    provide: getRepositoryToken(entity, name),
    inject: [getDataSourceToken(name)],
    useFactory: (dataSource: DataSource) =>
      trees.has(entity) ? dataSource.getTreeRepository(entity) : dataSource.getRepository(entity),
  }));
}
