export { TypeOrmResourceModule } from './module/typeorm-resource.module.js';
export type {
  DatabasePoolOptions,
  EntityClassOrSchema,
  ResourceDataSourceOptions,
  TypeOrmResourceModuleAsyncOptions,
  TypeOrmResourceModuleOptions,
  TypeOrmResourceOptions,
  TypeOrmResourceOptionsFactory,
  TypeOrmResourceStatics,
} from './module/typeorm-resource.options.js';
export {
  databaseNames,
  type DatabaseNames,
  getDataSourceToken,
  getEntityManagerToken,
  getRepositoryToken,
  getSessionFactoryToken,
} from './module/typeorm-resource.tokens.js';
export * from './module/inject.decorators.js';

export {
  type DatabasePools,
  type NamedDatabaseOptions,
  PooledDataSourceFactory,
  type PooledDataSourceFactoryOptions,
} from './data-source/pooled-data-source.factory.js';
export type { ManagedDataSource } from './data-source/data-source.factory.js';
export type { PostgresClient } from './driver/postgres.connection.js';

export { SessionFactory, type SessionFactoryOptions, type SessionMetrics } from './session/session-factory.js';
export { Session } from './session/session.js';
export * from './session/session.options.js';
export * from './session/session.errors.js';

export { withAcquireContext, type AcquireContext } from './driver/acquire-context.js';
export { postgresErrors, type ConnectionErrors } from './driver/connection-errors.js';
