import type { DataSourceOptions } from 'typeorm';
import type { Credentials } from './pooled.driver.js';

/** Options of TypeORM for MySQL and MariaDB. */
export type MysqlOptions = Extract<DataSourceOptions, { type: 'mysql' | 'mariadb' }>;

/** What mysql2 is given for one server, for connections made before TypeORM asks for any. */
export function mysqlClientOptions(options: MysqlOptions, credentials: Credentials): object {
  const { charset, timezone, connectTimeout, dateStrings, multipleStatements, flags, ssl } = options;
  const { supportBigNumbers = true, bigNumberStrings = true } = options;
  return onlyOfConnection({
    charset,
    timezone,
    connectTimeout,
    dateStrings,
    multipleStatements,
    flags,
    ssl,
    supportBigNumbers,
    bigNumberStrings,
    stringifyObjects: true,
    ...placeOf(credentials),
    ...(options.extra as object | undefined),
  });
}

/** Without what mysql2 takes for a pool only. */
export function onlyOfConnection(options: object): object {
  const { connectionLimit: _most, acquireTimeout: _wait, ...own } = options as Record<string, unknown>;
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
}

function placeOf(credentials: Credentials): Record<'host' | 'port' | 'user' | 'password' | 'database', unknown> {
  const { url, host, port, username, password, database } = credentials;
  if (url === undefined) return { host, port, user: username, password, database };
  const parsed = new URL(url);
  return {
    host: parsed.hostname || host,
    port: parsed.port ? Number(parsed.port) : (port ?? 3306),
    user: decodeURIComponent(parsed.username) || username,
    password: decodeURIComponent(parsed.password) || password,
    database: decodeURIComponent(parsed.pathname.slice(1)) || database,
  };
}
