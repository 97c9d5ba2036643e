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
  getSessionToken,
} from './module/typeorm-resource.tokens.js';
export * from './module/inject.decorators.js';
export { pooledTypeOrm, type PooledTypeOrmOptions, sessionsOf } from './module/pooled-typeorm.js';

export {
  type DatabasePools,
  type NamedDatabaseOptions,
  PooledDataSourceFactory,
  type PooledDataSourceFactoryOptions,
} from './data-source/pooled-data-source.factory.js';
export type { ConnectionKeeping } from './data-source/database.js';
export type { ObservedFigures } from './data-source/observed.data-source.js';
export { DataSourceObservedError } from './data-source/observed.sessions.js';
export type { ManagedDataSource } from './data-source/data-source.factory.js';
export type { PostgresClient } from './driver/postgres.connection.js';

export {
  SessionFactory,
  type SessionFactoryOptions,
  type SessionMetrics,
  type SessionTransactionOptions,
} from './session/session-factory.js';
export { Session } from './session/session.js';
export * from './session/session.options.js';
export * from './session/session.errors.js';
export type { SessionEvent } from './session/session-event.js';
export { SessionLimitError } from './session/session-limit.js';
export { sessionDefaultsTable } from './session/session-defaults.table.js';
export { pooledSession } from './session/pooled-session.js';
export { NoSessionError } from './session/current-session.js';
export { PropagationError, type Propagation } from './session/propagation.js';
export { SessionInterceptor, sessionInterceptor } from './session/session.interceptor.js';
export {
  Transactional,
  type TransactionalDecorator,
  type TransactionalOptions,
} from './session/transactional.decorator.js';

export { OperationGroup, OperationGroupClosedError } from './group/operation-group.js';
export { NotEnoughConnectionsError } from './group/several-connections.js';
export type {
  ConcurrentOptions,
  GroupOperation,
  GroupSessionOptions,
  OperationGroupOptions,
} from './group/operation-group.js';
export { PartialCommitError, type AtomicPart } from './group/atomic.js';
export type { OperationHandle } from './group/operation-handle.js';

export { withAcquireContext, type AcquireContext } from './driver/acquire-context.js';
export { postgresErrors, type ConnectionErrors } from './driver/connection-errors.js';
