import type { DataSourceOptions } from 'typeorm';
import type { Credentials } from './pooled.driver.js';

/** Options of TypeORM for PostgreSQL. */
export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** What pg is given for one server: what TypeORM would give it, for connections made before TypeORM asks for any. */
export function postgresClientOptions(options: PostgresOptions, credentials: Credentials): object {
  return {
    connectionString: credentials.url,
    host: credentials.host,
    user: credentials.username,
    password: credentials.password,
    database: credentials.database,
    port: credentials.port,
    ssl: credentials.ssl,
    connectionTimeoutMillis: options.connectTimeoutMS,
    application_name: options.applicationName ?? credentials.applicationName,
    ...(options.extra as object | undefined),
  };
}
