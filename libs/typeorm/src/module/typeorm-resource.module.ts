import { type DynamicModule, Global, Module } from '@nestjs/common';
import { EntityCollection } from './entity-collection.js';
import type {
  EntityClassOrSchema,
  TypeOrmResourceModuleAsyncOptions,
  TypeOrmResourceModuleOptions,
} from './typeorm-resource.options.js';
import {
  createDataSourceProviders,
  createOptionsProviders,
  createRepositoryProviders,
  exportedTokens,
} from './typeorm-resource.providers.js';
import { getEntityCollectionToken } from './typeorm-resource.tokens.js';

/** Owns data sources; imported once for each, by `TypeOrmResourceModule`. */
@Global()
@Module({})
export class TypeOrmResourceCoreModule {
  static forRootAsync(options: TypeOrmResourceModuleAsyncOptions): DynamicModule {
    const { name, imports = [] } = options;
    return {
      module: TypeOrmResourceCoreModule,
      imports,
      providers: [...createOptionsProviders(options), ...createDataSourceProviders(name)],
      exports: exportedTokens(name),
    };
  }
}

/**
 * TypeORM data sources on our pools. Needs `ResourceModule`, whose lifecycle initialises and destroys them.
 *
 * @example
 * imports: [
 *   ResourceModule.forRoot({}),
 *   TypeOrmResourceModule.forRoot({ type: 'postgres', url: process.env.DATABASE_URL, pool: { maxSize: 20 } }),
 *   TypeOrmResourceModule.forFeature([Order]),
 * ]
 */
@Module({})
export class TypeOrmResourceModule {
  /** Makes a data source available everywhere, with its manager and its `SessionFactory`. */
  static forRoot({ name, ...options }: TypeOrmResourceModuleOptions): DynamicModule {
    return TypeOrmResourceModule.forRootAsync({ ...(name !== undefined && { name }), useFactory: () => options });
  }

  /** As {@link forRoot}, with options that are known later. The name has to be known now. */
  static forRootAsync(options: TypeOrmResourceModuleAsyncOptions): DynamicModule {
    return { module: TypeOrmResourceModule, imports: [TypeOrmResourceCoreModule.forRootAsync(options)] };
  }

  /** Adds entities to a data source and provides their repositories, for `@InjectRepository`. */
  static forFeature(entities: readonly EntityClassOrSchema[], name?: string): DynamicModule {
    const repositories = createRepositoryProviders(entities, name);
    const collected = {
      provide: `EntitiesOfFeature_${name ?? 'default'}`,
      inject: [getEntityCollectionToken(name)],
      useFactory: (collection: EntityCollection) => collection.add(entities),
    };
    return { module: TypeOrmResourceModule, providers: [collected, ...repositories], exports: repositories };
  }
}
