import { PooledDataSourceFactory, SessionFactory } from '@nestjs-resources/typeorm';
import type { ConnectionPool } from '@nestjs-resources/core';
import { DataSource, type DataSourceOptions } from 'typeorm';
import pg from 'pg';

/** A data source on our pool, with what a test wants to look at. */
export interface Ours {
  readonly dataSource: DataSource;
  readonly sessions: SessionFactory;
  readonly pool: ConnectionPool<object>;
  readonly factory: PooledDataSourceFactory;
}

/** Runs `work` with TypeORM as it comes. */
export async function withStock<R>(
  options: DataSourceOptions,
  work: (dataSource: DataSource) => Promise<R>,
): Promise<R> {
  const dataSource = await new DataSource(options).initialize();
  try {
    return await work(dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

/** Runs `work` with TypeORM on our pool. */
export async function withOurs<R>(
  options: Parameters<PooledDataSourceFactory['createSessionFactory']>[0],
  work: (ours: Ours) => Promise<R>,
): Promise<R> {
  await using factory = new PooledDataSourceFactory();
  const sessions = await factory.createSessionFactory(options);
  const pool = factory.registry.get<ConnectionPool<object>>(`${options.name ?? 'database'}.pool`);
  return await work({ dataSource: sessions.dataSource, sessions, pool, factory });
}

/** Runs one statement past everything that is tested. */
export async function ask<R extends object>(url: string, sql: string, parameters: unknown[] = []): Promise<R[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'observer' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<R>(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

/** Kills the backends of an application, as an administrator does. How many. */
export async function killBackends(url: string, application: string, most = 1_000): Promise<number> {
  const killed = await ask(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 LIMIT $2`,
    [application, most],
  );
  return killed.length;
}

/** How many backends an application has. */
export async function countBackends(url: string, application: string): Promise<number> {
  const sql = 'SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = $1';
  const [row] = await ask<{ n: number }>(url, sql, [application]);
  return row?.n ?? 0;
}

/** Asks until the answer is right, for what the server tells a little late. */
export async function eventually<R>(
  question: () => R | Promise<R>,
  right: (answer: R) => boolean,
  attempts = 100,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    const answer = await question();
    if (right(answer) || attempt === attempts) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
