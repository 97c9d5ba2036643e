import { EventEmitter, once } from 'node:events';
import { expect, it } from '@jest/globals';
import type { ConnectionPool } from '@nestjs-resources/core';
import { PooledDataSourceFactory } from '@nestjs-resources/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { freePort, type PostgresServer } from '../../support/postgres-server.js';
import { ask, countBackends, eventually, type Ours, withOurs, withStock } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';
import { Order, OrderLine } from './order.entity.js';

/** What people write into the options of a data source, or do with one, beside the usual. */
describeWithPostgres('a data source', (server: () => PostgresServer) => {
  const options = (more: object = {}): DataSourceOptions =>
    ({
      type: 'postgres',
      url: server().url,
      entities: [Order, OrderLine],
      applicationName: 'odd',
      logging: false,
      ...more,
    }) as DataSourceOptions;
  const ours = <R>(more: object, work: (ours: Ours) => Promise<R>): Promise<R> => withOurs(options(more), work);
  const both = async <R>(more: object, work: (dataSource: DataSource) => Promise<R>): Promise<[R, R]> => [
    await withStock(options(more), work),
    await ours(more, ({ dataSource }) => work(dataSource)),
  ];

  it('may be told of its server by a URL or in parts', async () => {
    const { port, password } = server();
    const parts = { url: undefined, host: '127.0.0.1', port, username: 'tester', password, database: 'postgres' };
    const sql = `SELECT current_user AS who, current_setting('application_name') AS name`;
    for (const more of [{}, parts])
      expect(await both(more, (made) => made.query(sql))).toEqual([
        [{ who: 'tester', name: 'odd' }],
        [{ who: 'tester', name: 'odd' }],
      ]);
  });

  it('takes the size of its pool from `poolSize`, unless `pool.maxSize` says otherwise', async () => {
    const sizeOf = (more: object): Promise<number> => ours(more, async ({ pool }) => pool.getMetrics().maxSize);
    expect(await sizeOf({ poolSize: 3 })).toBe(3);
    expect(await sizeOf({ poolSize: 3, pool: { maxSize: 2 } })).toBe(2);
    expect(await sizeOf({})).toBe(10);
  });

  it('may carry options of pg in `extra`; those of its pool are ours', () =>
    ours({ poolSize: 2, extra: { max: 50, idleTimeoutMillis: 1, statement_timeout: 4_321 } }, async (made) => {
      await Promise.all(Array.from({ length: 10 }, () => made.dataSource.query('SELECT pg_sleep(0.02)')));
      expect(await countBackends(server().url, 'odd')).toBeLessThanOrEqual(2);
      expect(await made.dataSource.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '4321ms' }]);
    }));

  it('fails as TypeORM does if the server has no TLS', async () => {
    for (const run of [withStock, withOurs]) {
      const failing = run(options({ ssl: { rejectUnauthorized: false } }) as never, () => Promise.resolve());
      const error = (await failing.catch((reason: unknown) => reason)) as Error;
      expect(textOf(error)).toMatch(/does not support SSL/);
    }
  });

  it('gives up connecting after `connectTimeoutMS`', async () => {
    // Nobody is there to refuse.
    const failing = withOurs(options({ host: '192.0.2.1', url: undefined, connectTimeoutMS: 200 }) as never, () =>
      Promise.resolve(),
    );
    const began = performance.now();
    await expect(failing).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(10_000);
  }, 20_000);

  it('logs, and tells slow queries, as TypeORM does', async () => {
    const lines: string[] = [];
    const logger = {
      logQuery: (sql: string) => void lines.push(`query ${sql}`),
      logQuerySlow: (_time: number, sql: string) => void lines.push(`slow ${sql}`),
      logQueryError: () => undefined,
      logSchemaBuild: () => undefined,
      logMigration: () => undefined,
      log: () => undefined,
    };
    await both({ logger, maxQueryExecutionTime: 20 }, (made) => made.query('SELECT pg_sleep(0.05)'));
    expect(lines.filter((line) => line.endsWith('pg_sleep(0.05)'))).toEqual([
      'query SELECT pg_sleep(0.05)',
      'slow SELECT pg_sleep(0.05)',
      'query SELECT pg_sleep(0.05)',
      'slow SELECT pg_sleep(0.05)',
    ]);
  });

  it('installs extensions, drops and makes its schema', async () => {
    const tables = `SELECT count(*)::int AS n FROM pg_tables WHERE tablename = 'orders'`;
    const more = { dropSchema: true, synchronize: true, installExtensions: true, uuidExtension: 'uuid-ossp' };
    expect(await both(more, (made) => made.query(tables))).toEqual([[{ n: 1 }], [{ n: 1 }]]);
  });

  it('can be initialised again after a failure, and after its end', async () => {
    const url = server().url.replace(String(server().port), String(await freePort()));
    await using factory = new PooledDataSourceFactory();
    await expect(factory.createSessionFactory({ ...options({ url }), name: 'gone' } as never)).rejects.toThrow();
    await ours({}, async ({ dataSource, pool }) => {
      for (let n = 0; n < 3; n++) {
        await dataSource.destroy();
        expect(pool.size).toBe(0);
        await expect(dataSource.destroy()).rejects.toThrow();
        await dataSource.initialize();
        await expect(dataSource.initialize()).rejects.toThrow();
        expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
      }
    });
    expect(
      await eventually(
        () => countBackends(server().url, 'odd'),
        (n) => n === 0,
      ),
    ).toBe(0);
  });

  it('reads what is large, and hears what is notified', () =>
    ours({ poolSize: 1 }, async ({ dataSource, pool }) => {
      const rows = await dataSource.query(`SELECT n, repeat('x', 1000) AS text FROM generate_series(1, 20000) n`);
      expect([rows.length, rows.at(-1).text.length]).toEqual([20_000, 1_000]);
      const runner = dataSource.createQueryRunner();
      const client = (await runner.connect()) as EventEmitter;
      await runner.query('LISTEN news');
      const heard = once(client, 'notification');
      await ask(server().url, `NOTIFY news, 'hello'`);
      expect((await heard)[0]).toMatchObject({ channel: 'news', payload: 'hello' });
      await runner.query('UNLISTEN news');
      await runner.release();
      expect(pool.leased).toBe(0);
    }));

  it('has cursors', () =>
    ours({}, async ({ sessions }) => {
      const seen = await sessions.transaction(async (tx) => {
        await tx.query('DECLARE c CURSOR FOR SELECT n FROM generate_series(1, 5) n');
        const first = await tx.query('FETCH 2 FROM c');
        const second = await tx.query('FETCH 2 FROM c');
        return [...first, ...second].map(({ n }) => n);
      });
      expect(seen).toEqual([1, 2, 3, 4]);
    }));

  it('whose first connection fails leaves nothing that runs, however often it is tried', async () => {
    const url = server().url.replace(String(server().port), String(await freePort()));
    const factory = new PooledDataSourceFactory();
    const { dataSource, servers } = factory.createDataSource({ ...options({ url }), pool: { minSize: 2 } } as never);
    for (let n = 0; n < 9; n++) await expect(dataSource.initialize()).rejects.toThrow();
    const pool = servers[0]?.pool as ConnectionPool<object>;
    expect(pool.getMetrics()).toMatchObject({ size: 0, creating: 0, waiting: 0 });
    await factory.close();
  });

  it('keeps the process alive when a connection breaks while nobody listens, lent or not', () =>
    ours({ poolSize: 2, pool: { minSize: 2 }, poolErrorHandler: () => undefined }, async ({ pool, dataSource }) => {
      // Taken by hand: TypeORM has put no listener on it.
      const lease = await pool.acquire();
      await ask(server().url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'odd'`);
      const destroyed = (): number => pool.getMetrics().destroyed;
      expect(await eventually(destroyed, (many) => many > 0)).toBeGreaterThan(0);
      lease.release();
      expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
      expect((lease.resource as EventEmitter).listenerCount('error')).toBeGreaterThan(0);
    }));

  it('whose statements go another way does not start, and says so', async () => {
    await using factory = new PooledDataSourceFactory();
    const { dataSource, resource } = factory.createDataSource(options() as never);
    dataSource.query = () => Promise.resolve([]) as never;
    await expect(resource.start({ signal: new AbortController().signal })).rejects.toThrow(/something else connects/);
    expect(dataSource.isInitialized).toBe(false);
  });

  it('may keep the pool of its driver, which is then only observed', async () => {
    await using factory = new PooledDataSourceFactory();
    const sessions = await factory.createSessionFactory(options({ pool: 'observe', poolSize: 2 }) as never);
    const { dataSource } = sessions;
    const runner = dataSource.createQueryRunner();
    await runner.query('SELECT 1');
    expect(factory.registry.getMetrics()['database']).toMatchObject({
      connections: 'observed',
      observed: { runners: { active: 1 }, driverPool: { size: 1, idle: 0, waiting: 0 } },
    });
    expect(() => sessions.open()).toThrow(/only observed/);
    await runner.release();
  });
});

function textOf(error: unknown): string {
  const { message = '', cause } = (error ?? {}) as { message?: string; cause?: unknown };
  return cause === undefined ? message : `${message} ${textOf(cause)}`;
}
