import { createRequire } from 'node:module';
import type { DataSourceOptions } from 'typeorm';
import { MariadbServer } from './mariadb-server.js';
import { PostgresServer } from './postgres-server.js';

/** A database for the suite that TypeORM has to pass on its own pool and on ours. */
export interface ConformanceDatabase {
  readonly name: string;
  /** Why it cannot be had on this machine. */
  readonly missing: () => string | undefined;
  /** Nobody has to have it. */
  readonly optional?: boolean;
  /** What is told of a statement that makes no sense, where TypeORM does not always tell it in its own words. */
  readonly failure?: object;
  readonly start: () => Promise<RunningDatabase>;
  readonly streams: boolean;
  /** Several connections at once, so that one can wait for the other. */
  readonly concurrent: boolean;
  /** A level that is not the default, and how the database says that it is in force. */
  readonly isolation?: {
    readonly level: 'REPEATABLE READ' | 'SERIALIZABLE';
    readonly sql: string;
    readonly shown: string;
  };
  /** One row of many types, and what TypeORM makes of it. */
  readonly types: { readonly sql: string; readonly row: object };
  readonly parameter: string;
}

export interface RunningDatabase {
  readonly options: DataSourceOptions;
  /** A primary and a replica, and what tells them apart. */
  readonly replicated?: {
    readonly options: DataSourceOptions;
    readonly sql: string;
    readonly shown: readonly [string, string];
  };
  stop(): Promise<unknown>;
}

const postgres: ConformanceDatabase = {
  name: 'PostgreSQL',
  missing: () => PostgresServer.missing(),
  streams: true,
  concurrent: true,
  isolation: {
    level: 'REPEATABLE READ',
    sql: `SELECT current_setting('transaction_isolation') AS level`,
    shown: 'repeatable read',
  },
  types: {
    sql: `SELECT 1.50::numeric AS n, 9007199254740993::bigint AS b, '\\x00ff'::bytea AS x, '{"a":[1]}'::jsonb AS j,
            true AS t, NULL AS missing, ARRAY[1,2] AS l, '2026-01-02T03:04:05Z'::timestamptz AS d`,
    row: {
      n: '1.50',
      b: '9007199254740993',
      x: Buffer.from([0, 255]),
      j: { a: [1] },
      t: true,
      missing: null,
      l: [1, 2],
      d: new Date('2026-01-02T03:04:05Z'),
    },
  },
  parameter: '$1::int',
  async start() {
    const server = await PostgresServer.start();
    const replicated: DataSourceOptions = {
      type: 'postgres',
      replication: {
        master: { url: `${server.url}?application_name=primary` },
        slaves: [{ url: `${server.url}?application_name=replica` }],
      },
    };
    return {
      options: { type: 'postgres', url: server.url },
      replicated: {
        options: replicated,
        sql: `SELECT current_setting('application_name') AS place`,
        shown: ['primary', 'replica'],
      },
      stop: () => server.stop(),
    };
  },
};

const mariadb: ConformanceDatabase = {
  name: 'MariaDB',
  missing: () => MariadbServer.missing(),
  streams: true,
  concurrent: true,
  isolation: { level: 'SERIALIZABLE', sql: 'SELECT @@in_transaction AS level', shown: '1' },
  types: {
    sql: `SELECT CAST(1.50 AS DECIMAL(4,2)) AS n, 9007199254740993 AS b, x'00ff' AS x, 1 AS t, NULL AS missing,
            CAST('2026-01-02 03:04:05' AS DATETIME) AS d`,
    row: {
      n: '1.50',
      b: '9007199254740993',
      x: Buffer.from([0, 255]),
      t: 1,
      missing: null,
      d: new Date('2026-01-02T03:04:05'),
    },
  },
  parameter: '?',
  async start() {
    const primary = await MariadbServer.start();
    const replica = await MariadbServer.start();
    return {
      options: { type: 'mariadb', url: primary.url },
      replicated: {
        options: { type: 'mariadb', replication: { master: { url: primary.url }, slaves: [{ url: replica.url }] } },
        sql: 'SELECT @@port AS place',
        shown: [String(primary.port), String(replica.port)],
      },
      stop: () => Promise.all([primary.stop(), replica.stop()]),
    };
  },
};

const sqljs: ConformanceDatabase = {
  name: 'sql.js',
  missing: () => undefined,
  streams: false,
  concurrent: false,
  types: {
    sql: `SELECT 1.5 AS n, x'00ff' AS x, 'text' AS t, NULL AS missing`,
    row: { n: 1.5, x: new Uint8Array([0, 255]), t: 'text', missing: null },
  },
  parameter: '?',
  start: () => Promise.resolve({ options: { type: 'sqljs' }, stop: () => Promise.resolve() }),
};

/** Takes a minute to compile where there is no ready binary, so that it is no dependency of this repository. */
const betterSqlite: ConformanceDatabase = {
  ...sqljs,
  name: 'better-sqlite3',
  missing: () => notInstalled('better-sqlite3'),
  optional: true,
  // TypeORM 0.3 passes on what fails before it is run.
  failure: { code: 'SQLITE_ERROR' },
  types: { sql: sqljs.types.sql, row: { ...sqljs.types.row, x: Buffer.from([0, 255]) } },
  start: () =>
    Promise.resolve({ options: { type: 'better-sqlite3', database: ':memory:' }, stop: () => Promise.resolve() }),
};

function notInstalled(name: string): string | undefined {
  try {
    createRequire(import.meta.url).resolve(name);
    return undefined;
  } catch {
    return `${name} is not installed`;
  }
}

export const conformanceDatabases: readonly ConformanceDatabase[] = [postgres, mariadb, sqljs, betterSqlite];
