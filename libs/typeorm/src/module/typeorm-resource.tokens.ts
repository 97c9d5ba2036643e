import { DataSource, EntityManager, EntitySchema, Repository } from 'typeorm';
import type { EntityClassOrSchema } from './typeorm-resource.options.js';
import { SessionFactory } from '../session/session-factory.js';

/** As in `@nestjs/typeorm`, whose decorators therefore work with our providers and ours with its. */
export const DEFAULT_DATA_SOURCE_NAME = 'default';

type ClassToken = abstract new (...parameters: never[]) => unknown;

/** What a data source is injected by: the class for the default one, else a text made of its name. */
export function getDataSourceToken(name: string = DEFAULT_DATA_SOURCE_NAME): ClassToken | string {
  return name === DEFAULT_DATA_SOURCE_NAME ? DataSource : `${name}DataSource`;
}

/** What the entity manager of a data source is injected by. */
export function getEntityManagerToken(name: string = DEFAULT_DATA_SOURCE_NAME): ClassToken | string {
  return name === DEFAULT_DATA_SOURCE_NAME ? EntityManager : `${name}EntityManager`;
}

/** What the session factory of a data source is injected by: the class for the default one. */
export function getSessionFactoryToken(name: string = DEFAULT_DATA_SOURCE_NAME): ClassToken | string {
  return name === DEFAULT_DATA_SOURCE_NAME ? SessionFactory : `${name}SessionFactory`;
}

/** What the session of the current request or transaction is injected by. */
export function getSessionToken(name: string = DEFAULT_DATA_SOURCE_NAME): string {
  return name === DEFAULT_DATA_SOURCE_NAME ? 'CurrentSession' : `${name}CurrentSession`;
}

/** What the repository of an entity, or a repository class of yours, is injected by. */
export function getRepositoryToken(
  entity: EntityClassOrSchema,
  name: string = DEFAULT_DATA_SOURCE_NAME,
): ClassToken | string {
  const prefix = name === DEFAULT_DATA_SOURCE_NAME ? '' : `${name}_`;
  if (entity instanceof EntitySchema) return `${prefix}${entity.options.target?.name ?? entity.options.name}Repository`;
  if (!(entity.prototype instanceof Repository)) return `${prefix}${entity.name}Repository`;
  return prefix ? `${prefix}${entity.name}` : (entity as ClassToken);
}

/** The names in the registry of what belongs to a data source. */
export interface DatabaseNames {
  readonly dataSource: string;
  readonly pool: string;
  readonly breaker: string;
}

/** `database`, `database.pool` and `database.breaker`; with another name than the default, that instead of `database`. */
export function databaseNames(name: string = DEFAULT_DATA_SOURCE_NAME): DatabaseNames {
  const dataSource = name === DEFAULT_DATA_SOURCE_NAME ? 'database' : name;
  return { dataSource, pool: `${dataSource}.pool`, breaker: `${dataSource}.breaker` };
}

/** Where `forFeature` puts its entities. @internal */
export function getEntityCollectionToken(name: string = DEFAULT_DATA_SOURCE_NAME): string {
  return `EntityCollection_${name}, provided by TypeOrmResourceModule.forRoot()`;
}
