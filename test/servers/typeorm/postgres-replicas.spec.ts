import { expect, it } from '@jest/globals';
import type { CircuitBreaker, ConnectionPool } from '@nestjs-resources/core';
import type { DataSource, EntityManager } from 'typeorm';
import { freePort, type PostgresServer } from '../../support/postgres-server.js';
import { ask, type Ours, withOurs, withStock } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

/** One server plays all parts; which part a connection was made for shows in its application name. */
describeWithPostgres('replicas', (server: () => PostgresServer) => {
  const options = async (dead: number): Promise<Parameters<typeof withOurs>[0] & { type: 'postgres' }> => {
    const url = (name: string): string => `${server().url}?application_name=${name}`;
    const gone = server().url.replace(String(server().port), String(await freePort()));
    return {
      type: 'postgres',
      poolSize: 2,
      replication: {
        master: { url: url('primary') },
        slaves: [{ url: url('replica') }, ...Array.from({ length: dead }, () => ({ url: gone }))],
      },
      poolErrorHandler: () => undefined,
    };
  };
  const reader = async (dataSource: DataSource): Promise<string> => {
    const runner = dataSource.createQueryRunner('slave');
    try {
      const [row] = await runner.query(`SELECT current_setting('application_name') AS name`);
      return row.name;
    } finally {
      await runner.release();
    }
  };

  it('are read from, and the primary is written to', async () =>
    withOurs(await options(0), async ({ dataSource, sessions }: Ours) => {
      expect(await reader(dataSource)).toBe('replica');
      const name = `SELECT current_setting('application_name') AS name`;
      expect(await dataSource.query(name)).toEqual([{ name: 'primary' }]);
      expect(await sessions.run({ mode: 'replica' }, (tx) => tx.query(name))).toEqual([{ name: 'replica' }]);
      expect(await sessions.transaction((tx) => tx.query(name))).toEqual([{ name: 'primary' }]);
    }));

  it('that are away are routed around: the application starts, and every read succeeds', async () => {
    await expect(withStock(await options(1), () => Promise.resolve())).rejects.toThrow();
    const minSize = 1;
    await withOurs({ ...(await options(1)), pool: { minSize } }, async ({ dataSource, sessions, factory }) => {
      for (let n = 0; n < 40; n++) expect(await reader(dataSource)).toBe('replica');
      for (let n = 0; n < 20; n++) await sessions.run({ mode: 'replica' }, (tx) => tx.query('SELECT 1'));
      expect(factory.registry.get<CircuitBreaker>('database.replica-2.breaker').state).toBe('open');
      expect(factory.registry.get<ConnectionPool<object>>('database.replica-2.pool').size).toBe(0);
      await factory.registry.start();
      expect(factory.registry.entry('database.replica-2.pool')).toMatchObject({ critical: false, state: 'running' });
    });
  });

  it('that lag behind for ever are not asked for what a session has written', async () => {
    const copy = new URL(server().url);
    copy.pathname = '/lagging';
    await ask(server().url, 'CREATE DATABASE lagging');
    for (const url of [server().url, copy.href]) await ask(url, 'CREATE TABLE notes (n serial)');
    const replication = { master: { url: server().url }, slaves: [{ url: copy.href }] };
    const count = async (tx: EntityManager): Promise<number> => {
      const [row] = await tx.query('SELECT count(*)::int AS n FROM notes');
      return row.n;
    };
    await withOurs({ type: 'postgres', poolSize: 2, replication }, async ({ sessions }) => {
      const write = 'INSERT INTO notes DEFAULT VALUES';
      await sessions.run({ mode: 'replica' }, async (tx) => {
        expect(await count(tx)).toBe(0);
        await tx.query(write);
        expect(await count(tx)).toBe(1);
      });
      await sessions.run({ mode: 'replica' }, async (tx, session) => {
        expect(await count(tx)).toBe(0);
        await session.transaction((inner) => inner.query(write));
        expect(await count(tx)).toBe(2);
      });
      await sessions.run({ mode: 'replica' }, async (tx, session) => {
        expect(await session.transaction({ readOnly: true }, count)).toBe(0);
        for await (const row of await session.stream(`${write} RETURNING n`)) expect(row).toEqual({ n: 3 });
        expect(await count(tx)).toBe(3);
      });
    });
    await ask(server().url, 'DROP TABLE notes');
    await ask(server().url, 'DROP DATABASE lagging');
  });
});
