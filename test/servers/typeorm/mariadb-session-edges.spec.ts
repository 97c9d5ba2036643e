import { beforeEach, expect, it } from '@jest/globals';
import type { NamedDatabaseOptions } from '@nestjs-resources/typeorm';
import { askMariadb } from '../../support/ask-mariadb.js';
import { beforeItArrives } from '../../support/held-back.js';
import { eventually, type Ours, withOurs } from '../../support/stock-and-ours.js';
import { describeWithMariadb } from '../../support/with-mariadb.js';

const MANY = 'SELECT seq AS n FROM seq_1_to_100000';
/** The server sends rows when it has some 16 kB of them. */
const SLOW = `SELECT seq AS n, REPEAT('x', 20000) AS wide, SLEEP(0.01) FROM seq_1_to_1000`;

/** Ends when it is cancelled. */
const ENDLESS = 'SELECT seq_1_to_3000000.seq, COUNT(*) FROM seq_1_to_3000000, seq_1_to_3000 AS others';

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

async function count(rows: AsyncIterable<unknown>): Promise<number> {
  let n = 0;
  for await (const _row of rows) n++;
  return n;
}

describeWithMariadb('at the edges of a session on MariaDB', (server) => {
  const within = <R>(work: (ours: Ours) => Promise<R>): Promise<R> => {
    const options = { type: 'mariadb', url: server().url, poolSize: 1, logging: false };
    return withOurs(options as NamedDatabaseOptions, work);
  };
  const ask = <R>(sql: string): Promise<R> => askMariadb(server().url, sql);
  const running = async (): Promise<unknown[]> =>
    ask<unknown[]>(`SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT seq%'`);
  const texts = async (): Promise<string[]> => {
    const rows = await ask<{ text: string }[]>('SELECT text FROM notes ORDER BY text');
    return rows.map(({ text }) => text);
  };

  beforeEach(async () => {
    await ask('DROP TABLE IF EXISTS notes');
    await ask('CREATE TABLE notes (text varchar(20) PRIMARY KEY)');
  });

  it.each([
    ['by hand', 'COMMIT'],
    ['by a statement that commits by itself', 'CREATE OR REPLACE TABLE other (n int)'],
  ])('a transaction ended %s is not reported as committed, nor carried on', (_how, statement) =>
    within(async ({ sessions, pool }) => {
      const work = sessions.transaction(async (tx) => {
        await tx.query(`INSERT INTO notes VALUES ('first')`);
        await tx.query(statement).catch(() => 'swallowed');
        await tx.query(`INSERT INTO notes VALUES ('last')`).catch(() => 'swallowed');
      });
      expect(await rejection(work)).toMatchObject({ code: 'TRANSACTION_ENDED' });
      expect(await texts()).toEqual(['first']);
      expect(pool.leased).toBe(0);
    }),
  );

  it.each([
    ['a variable', 'SET @tenant = 7', 'SELECT @tenant AS x', null],
    ['a setting', `SET SESSION sql_mode = ''`, `SELECT @@sql_mode = '' AS x`, 0],
    ['a lock', `SELECT GET_LOCK('a', 1)`, `SELECT IS_USED_LOCK('a') AS x`, null],
  ])('what a session leaves behind is gone for the next: %s', (_what, leave, look, expected) =>
    within(async ({ sessions, dataSource }) => {
      await sessions.run((tx) => tx.query(leave));
      const [row] = await dataSource.query(look);
      expect(row.x === null ? null : Number(row.x)).toBe(expected);
    }),
  );

  it('a cancellation that overtakes its statement is repeated', () =>
    within(async ({ sessions, pool }) => {
      await using session = sessions.open();
      const begun = Date.now();
      const counting = (): Promise<unknown> => rejection(session.query(ENDLESS));
      expect(await beforeItArrives(pool, counting, () => session.cancel())).toMatchObject({
        code: 'ER_QUERY_INTERRUPTED',
      });
      expect(Date.now() - begun).toBeLessThan(5_000);
      expect(await session.query('SELECT 1 AS x')).toHaveLength(1);
      expect(pool.getMetrics()).toMatchObject({ destroyed: 0 });
    }));

  it('a stream left before its statement arrives ends on the server', () =>
    within(async ({ sessions, pool }) => {
      await using session = sessions.open();
      const leave = async (): Promise<void> => void (await session.stream(ENDLESS)).destroy();
      await beforeItArrives(pool, leave, () => ask('DO SLEEP(0.1)'));
      expect(await session.query('SELECT 1 AS x')).toHaveLength(1);
      expect(await running()).toEqual([]);
      expect(pool.getMetrics()).toMatchObject({ destroyed: 0 });
    }));

  it('a stream left early ends on the server, and the next statement is right', () =>
    within(async ({ sessions, pool }) => {
      await using session = sessions.open();
      for await (const _row of await session.stream(SLOW)) break;
      expect(await eventually(running, (all) => all.length === 0, 40)).toEqual([]);
      expect(await session.query('SELECT 1 AS x')).toHaveLength(1);
      expect(await count(await session.stream(MANY))).toBe(100_000);
      await session.close();
      expect(pool.getMetrics()).toMatchObject({ leased: 0, destroyed: 0 });
    }));

  it('a stream in a transaction may be left early without undoing it', () =>
    within(async ({ sessions }) => {
      await sessions.transaction(async (tx, session) => {
        await tx.query(`INSERT INTO notes VALUES ('before')`);
        for await (const _row of await session.stream(SLOW)) break;
        await tx.query(`INSERT INTO notes VALUES ('later')`);
      });
      expect(await texts()).toEqual(['before', 'later']);
    }));

  it('a stream is ended by its signal, on the server too', () =>
    within(async ({ sessions, pool }) => {
      await using session = sessions.open({ signal: AbortSignal.timeout(200) });
      expect(await rejection(session.stream(SLOW).then(count))).toMatchObject({ name: 'TimeoutError' });
      expect(await running()).toEqual([]);
      await session.close();
      expect(pool.getMetrics()).toMatchObject({ leased: 0, destroyed: 0 });
    }));

  it('a stream whose connection is killed says so, and its session goes on', () =>
    within(async ({ sessions, pool }) => {
      await using session = sessions.open();
      const [first] = await session.query<{ id: number }[]>('SELECT CONNECTION_ID() AS id');
      const reading = rejection(session.stream(SLOW).then(count));
      await ask(`DO SLEEP(0.2)`);
      await ask(`KILL ${first?.id}`);
      expect(await reading).toMatchObject({ code: 'CONNECTION_LOST' });
      expect(await session.query('SELECT 1 AS x')).toHaveLength(1);
      await session.close();
      expect(pool.leased).toBe(0);
    }));
});
