import { createRequire } from 'node:module';
import type { ConnectionSource } from '../session/connection-source.js';
import { postgresErrors } from './connection-errors.js';
import { PooledDriver, placesOf, type PoolingOptions } from './pooled.driver.js';
import { PooledSource, type Servers } from './pooled.source.js';
import { type PostgresClient, type PostgresPackage, postgresVerbs } from './postgres.connection.js';
import { postgresDialect } from './postgres.dialect.js';
import { postgresClientOptions, type PostgresOptions } from './postgres.options.js';
import { PostgresPool } from './postgres.pool.js';

/** What TypeORM and sessions are given of a pooled database. */
export interface Pooling<C extends object> {
  /** For TypeORM's option `driver`. */
  readonly driver: object;
  readonly source: ConnectionSource;
  readonly servers: Servers<C>;
}

/** The package that TypeORM is given in place of pg: pg itself, except that what it calls a pool stands before ours. */
export function poolPostgres(options: PostgresOptions, pooling: PoolingOptions): Pooling<PostgresClient> {
  const pg = (options.driver ?? createRequire(import.meta.url)('pg')) as PostgresPackage;
  const pooled = new PooledDriver<PostgresClient>(placesOf(options), pooling, {
    errors: postgresErrors,
    clientOptions: (credentials) => postgresClientOptions(options, credentials),
    verbs: (client) => postgresVerbs(pg, client),
  });
  const { servers } = pooled;
  class Pool extends PostgresPool {
    constructor(client: object) {
      const server = pooled.claim(client);
      super(server, client, servers.lenderOf(server));
    }
  }
  return { driver: { ...pg, Pool }, source: new PooledSource(servers, postgresDialect), servers };
}
