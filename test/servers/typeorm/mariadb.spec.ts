import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { askMariadb } from '../../support/ask-mariadb.js';
import { eventually, type Ours, withOurs, withStock } from '../../support/stock-and-ours.js';
import { describeWithMariadb } from '../../support/with-mariadb.js';
import { Order, OrderLine } from './order.entity.js';

describeWithMariadb('MariaDB', (server) => {
  const options = (more: object = {}): DataSourceOptions => ({
    type: 'mariadb',
    url: server().url,
    entities: [Order, OrderLine],
    dropSchema: true,
    synchronize: true,
    poolSize: 2,
    logging: false,
    ...more,
  });
  const ours = <R>(work: (ours: Ours) => Promise<R>, more?: object): Promise<R> => withOurs(options(more), work);
  const ask = <R>(sql: string): Promise<R> => askMariadb(server().url, sql);
  const references = async (): Promise<string[]> => {
    const rows = await ask<{ reference: string }[]>('SELECT reference FROM orders ORDER BY reference');
    return rows.map(({ reference }) => reference);
  };

  const both: [string, (work: (dataSource: DataSource) => Promise<void>) => Promise<void>][] = [
    ['on its own pool', (work) => withStock(options(), work)],
    ['on our pool', (work) => ours(({ dataSource }) => work(dataSource))],
  ];
  it.each(both)('saves, finds, nests, streams and serves 50 callers, %s', (_name, run) =>
    run(async (dataSource) => {
      const orders = dataSource.getRepository(Order);
      await orders.save({ reference: 'a', lines: [{ quantity: 2 }] });
      const found = await orders.findOneOrFail({ where: { reference: 'a' }, relations: { lines: true } });
      expect(found.lines).toHaveLength(1);
      await dataSource.transaction('SERIALIZABLE', async (tx) => {
        await tx.save(Order, { reference: 'b' });
        await tx.transaction(() => Promise.reject(new Error('no'))).catch(() => 'expected');
      });
      const stream = await dataSource.createQueryBuilder(Order, 'o').orderBy('o.id').stream();
      const seen: string[] = [];
      for await (const row of stream) seen.push((row as { o_reference: string }).o_reference);
      expect(seen).toEqual(['a', 'b']);
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => dataSource.query('SELECT ? AS n', [n])));
      expect(answers.map(([row]) => Number(row.n))).toEqual(Array.from({ length: 50 }, (_, n) => n));
    }),
  );

  const doubleRelease = async (dataSource: DataSource): Promise<boolean> => {
    const a = dataSource.createQueryRunner();
    await a.query('SELECT 1');
    await a.release();
    const b = dataSource.createQueryRunner();
    await b.startTransaction();
    await b.query(`INSERT INTO orders (reference) VALUES ('of b')`);
    await a.release();
    const [row] = await dataSource.query('SELECT @@in_transaction AS inside');
    await b.rollbackTransaction().catch(() => 'expected of stock');
    await b.release();
    return Number(row.inside) === 1;
  };

  it('a runner released twice: another is inside of a transaction of a third', async () => {
    expect(await withStock(options({ poolSize: 1 }), doubleRelease)).toBe(true);
    expect(await ours(({ dataSource }) => doubleRelease(dataSource))).toBe(false);
  });

  const leaveOpen = async (dataSource: DataSource): Promise<boolean> => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('SELECT 1');
    await runner.release();
    const [row] = await dataSource.query('SELECT @@in_transaction AS inside');
    return Number(row.inside) === 1;
  };

  it('a runner released with an open transaction: the next user is inside of it', async () => {
    expect(await withStock(options({ poolSize: 1 }), leaveOpen)).toBe(true);
    expect(await ours(({ dataSource }) => leaveOpen(dataSource), { poolSize: 1 })).toBe(false);
  });

  it('sessions commit, roll back, and are joined by plain repositories', () =>
    ours(async ({ sessions, dataSource, pool }) => {
      const orders = dataSource.getRepository(Order);
      await sessions.transaction(() => orders.save({ reference: 'kept' }));
      const failing = sessions.transaction({ isolation: 'REPEATABLE READ' }, async () => {
        await orders.save({ reference: 'undone' });
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      const readOnly = sessions.transaction({ readOnly: true }, () => orders.save({ reference: 'refused' }));
      await expect(readOnly).rejects.toThrow(/READ ONLY/i);
      expect(await references()).toEqual(['kept']);
      expect(pool.leased).toBe(0);
    }));

  it('an aborted statement ends on the server, and its connection is used again', () =>
    ours(
      async ({ sessions, pool }) => {
        const [before] = await sessions.run((tx) => tx.query('SELECT CONNECTION_ID() AS id'));
        const signal = AbortSignal.timeout(100);
        await expect(sessions.run({ signal }, (tx) => tx.query('SELECT SLEEP(10)'))).rejects.toThrow(/timeout/i);
        const busy = await ask<unknown[]>(
          `SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'`,
        );
        expect(busy).toEqual([]);
        const [after] = await sessions.run((tx) => tx.query('SELECT CONNECTION_ID() AS id'));
        expect(after).toEqual(before);
        expect(pool.leased).toBe(0);
      },
      { poolSize: 1 },
    ));

  it('a transaction that a dead-lock undid is not carried on outside of it', () =>
    ours(async ({ sessions, dataSource }) => {
      await dataSource.query('CREATE TABLE IF NOT EXISTS pair (id int PRIMARY KEY, n int)');
      await dataSource.query('REPLACE INTO pair VALUES (1, 0), (2, 0)');
      let holding = 0;
      let bothHold = (): void => undefined;
      const held = new Promise<void>((resolve) => (bothHold = resolve));
      const cross = (first: number, second: number): Promise<string> =>
        sessions
          .transaction(async (tx) => {
            await tx.query('UPDATE pair SET n = n + 1 WHERE id = ?', [first]);
            if (++holding === 2) bothHold();
            await held;
            await tx.query('UPDATE pair SET n = n + 1 WHERE id = ?', [second]).catch(() => 'swallowed');
            await tx.query('UPDATE pair SET n = n + 10 WHERE id = ?', [first]);
          })
          .then(
            () => 'committed',
            (error: { code: string }) => error.code,
          );
      const outcomes = await Promise.all([cross(1, 2), cross(2, 1)]);
      expect(outcomes.sort((a, b) => a.localeCompare(b))).toEqual(['committed', 'TRANSACTION_ABORTED']);
      const [sum] = await dataSource.query('SELECT SUM(n) AS n FROM pair');
      expect(Number(sum.n)).toBe(12);
      await dataSource.query('DROP TABLE pair');
    }));

  it(
    'a killed connection and a killed server are survived',
    () =>
      ours(async ({ sessions, dataSource, pool }) => {
        const lost = sessions.transaction(async (tx) => {
          const [{ id }] = await tx.query('SELECT CONNECTION_ID() AS id');
          await ask(`KILL ${id}`);
          await delay(20);
          await tx.query('SELECT 1');
        });
        await expect(lost).rejects.toMatchObject({ code: 'CONNECTION_LOST', transaction: 'rolled back' });
        await server().restart();
        const answer = await eventually(
          () => dataSource.query('SELECT 1 AS x').catch(() => 'not yet'),
          (result) => result !== 'not yet',
        );
        expect(answer).toHaveLength(1);
        expect(pool.leased).toBe(0);
      }),
    30_000,
  );
});
