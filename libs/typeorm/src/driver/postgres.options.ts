import type { DataSourceOptions } from 'typeorm';

/** Options of TypeORM for PostgreSQL. */
export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Where one server is and who connects. */
export interface PostgresCredentials {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: unknown;
  readonly database?: string;
  readonly ssl?: unknown;
  readonly applicationName?: string;
}

/** What pg is given for one server: what TypeORM would give it, for connections made before TypeORM asks for any. */
export function postgresClientOptions(options: PostgresOptions, credentials: PostgresCredentials): object {
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

/** Whether two sets of options lead to the same server and database. */
export function leadToSameServer(some: object, others: object): boolean {
  const keys = ['connectionString', 'host', 'port', 'database', 'user'] as const;
  return keys.every((key) => some[key as keyof object] === others[key as keyof object]);
}
