import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CircuitBreaker, ConnectionPool } from '@nestjs-resources/core';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { describeWith } from '../../support/describe-with.js';
import { MariadbServer } from '../../support/mariadb-server.js';
import { freePort } from '../../support/postgres-server.js';
import { eventually, withOurs } from '../../support/stock-and-ours.js';

/** Two servers that know nothing of each other stand in for a primary and its replica; their ports tell them apart. */
describe('MariaDB with a replica', () => {
  describeWith(MariadbServer.missing(), 'that may be away', () => {
    let primary!: MariadbServer;
    let replica!: MariadbServer;
    beforeAll(async () => {
      primary = await MariadbServer.start();
      replica = await MariadbServer.start();
    }, 60_000);
    afterAll(() => Promise.all([primary?.stop(), replica?.stop()]), 60_000);

    const options = (...more: string[]): DataSourceOptions => ({
      type: 'mariadb',
      poolSize: 2,
      logging: false,
      replication: { master: { url: primary.url }, slaves: [{ url: replica.url }, ...more.map((url) => ({ url }))] },
    });
    const nowhere = async (): Promise<string> => `mysql://tester:x@127.0.0.1:${await freePort()}/shop`;
    const reader = async (dataSource: DataSource): Promise<string> => {
      const runner = dataSource.createQueryRunner('slave');
      try {
        const [row] = await runner.query('SELECT @@port AS port');
        return String(row.port);
      } finally {
        await runner.release();
      }
    };

    it('reads there and writes here, as TypeORM does and in sessions', () =>
      withOurs(options(), async ({ dataSource, sessions }) => {
        const port = 'SELECT CAST(@@port AS CHAR) AS port';
        expect(await reader(dataSource)).toBe(String(replica.port));
        expect(await sessions.run({ mode: 'replica' }, (tx) => tx.query(port))).toEqual([
          { port: String(replica.port) },
        ]);
        expect(await sessions.transaction((tx) => tx.query(port))).toEqual([{ port: String(primary.port) }]);
        expect(await dataSource.query(port)).toEqual([{ port: String(primary.port) }]);
      }));

    it('starts without one of its replicas, and reads from the other each time', async () => {
      const gone = await nowhere();
      await withOurs(options(gone), async ({ dataSource, factory }) => {
        for (let n = 0; n < 40; n++) expect(await reader(dataSource)).toBe(String(replica.port));
        const { registry } = factory;
        expect(registry.get<CircuitBreaker>('database.replica-2.breaker').state).toBe('open');
        expect(registry.get<ConnectionPool<object>>('database.replica-2.pool').size).toBe(0);
        expect(registry.entry('database.replica-2.pool').critical).toBe(false);
      });
    });

    it(
      'reads from the primary while the last replica is away, and from the replica when it is back',
      () =>
        withOurs(Object.assign(options(), { breaker: { recoveryTimeout: 100 } }), async ({ dataSource }) => {
          expect(await reader(dataSource)).toBe(String(replica.port));
          await replica.kill();
          await eventually(
            () => reader(dataSource).catch(() => 'cut off'),
            (port) => port === String(primary.port),
          );
          for (let n = 0; n < 10; n++) expect(await reader(dataSource)).toBe(String(primary.port));
          await replica.restart();
          const back = await eventually(
            () => reader(dataSource),
            (port) => port === String(replica.port),
          );
          expect(back).toBe(String(replica.port));
        }),
      30_000,
    );
  });
});
