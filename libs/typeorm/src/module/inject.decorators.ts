import { Inject } from '@nestjs/common';
import {
  getDataSourceToken,
  getEntityManagerToken,
  getRepositoryToken,
  getSessionFactoryToken,
  getSessionToken,
} from './typeorm-resource.tokens.js';
import type { EntityClassOrSchema } from './typeorm-resource.options.js';

type Injection = ReturnType<typeof Inject>;

/** Injects a `DataSource`. The same as that of `@nestjs/typeorm`. */
export const InjectDataSource = (name?: string): Injection => Inject(getDataSourceToken(name));

/** Injects the `EntityManager` of a data source. */
export const InjectEntityManager = (name?: string): Injection => Inject(getEntityManagerToken(name));

/** Injects the `Repository` of an entity that a `forFeature` declared. */
export const InjectRepository = (entity: EntityClassOrSchema, name?: string): Injection =>
  Inject(getRepositoryToken(entity, name));

/** Injects the `SessionFactory` of a named data source; that of the default one is injected by its class. */
export const InjectSessionFactory = (name?: string): Injection => Inject(getSessionFactoryToken(name));

/**
 * Injects what stands for the session of the current request, `sessions.run()` or transaction, and may be injected into
 * singletons.
 */
export const InjectSession = (name?: string): Injection => Inject(getSessionToken(name));
