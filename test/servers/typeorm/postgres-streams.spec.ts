import { beforeEach, expect, it } from '@jest/globals';
import type { NamedDatabaseOptions } from '@nestjs-resources/typeorm';
import { ask, eventually, killBackends, type Ours, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

/** Rows, slowly. */
const SLOW = 'SELECT n, pg_sleep(0.01) FROM generate_series(1, 1000) n';
const MANY = 'SELECT generate_series(1, 100000) AS n';

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

describeWithPostgres('a stream of a session', (server) => {
  const numbers = 'SELECT generate_series(1, 10000) AS n';
  const within = <R>(work: (ours: Ours) => Promise<R>, more: object = {}): Promise<R> => {
    const options = { type: 'postgres', url: server().url, poolSize: 1, applicationName: 'streams', logging: false };
    return withOurs({ ...options, ...more } as NamedDatabaseOptions, work);
  };
  const active = (): Promise<object[]> =>
    ask(server().url, `SELECT pid FROM pg_stat_activity WHERE application_name = 'streams' AND state = 'active'`);

  beforeEach(async () => {
    await ask(server().url, 'DROP TABLE IF EXISTS notes');
    await ask(server().url, 'CREATE TABLE notes (text varchar PRIMARY KEY)');
  });

  const count = async (rows: AsyncIterable<unknown>): Promise<number> => {
    let n = 0;
    for await (const _row of rows) n++;
    return n;
  };

  it.each([
    ['its signal', () => ({ signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' }],
    ['its deadline', () => ({ deadline: 200 }), { code: 'CALL_TIMEOUT' }],
    ['its statement timeout', () => ({ statementTimeout: 200 }), { code: 'CALL_TIMEOUT' }],
  ])('a stream is ended by %s, on the server too', (_by, options, expected) =>
    within(async ({ sessions, pool }) => {
      await using session = sessions.open(options());
      const begun = Date.now();
      expect(await rejection(session.stream(SLOW).then(count))).toMatchObject(expected);
      expect(Date.now() - begun).toBeLessThan(2_000);
      expect(await active()).toEqual([]);
      await session.close();
      expect(pool.getMetrics()).toMatchObject({ leased: 0, destroyed: 0 });
    }),
  );

  it('a stream whose backend is killed says so, and its session goes on', () =>
    within(
      async ({ sessions, pool }) => {
        await using session = sessions.open();
        const reading = rejection(session.stream(SLOW).then(count));
        await eventually(active, (all) => all.length > 0);
        await killBackends(server().url, 'streams');
        expect(await reading).toMatchObject({ code: 'CONNECTION_LOST', cause: { code: '57P01' } });
        expect(await session.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
        await session.close();
        expect(pool.leased).toBe(0);
      },
      { poolErrorHandler: () => undefined },
    ));

  it('cancel() ends a stream', () =>
    within(async ({ sessions }) => {
      await using session = sessions.open();
      const reading = rejection(session.stream(SLOW).then(count));
      await eventually(active, (all) => all.length > 0);
      await session.cancel();
      expect(await reading).toMatchObject({ message: 'The statement was cancelled.' });
      expect(await session.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    }));

  it('closing a session ends its stream at once, though no row has come', () =>
    within(async ({ sessions, pool }) => {
      const session = sessions.open();
      (await session.stream('SELECT pg_sleep(10)')).resume();
      await eventually(active, (all) => all.length > 0);
      const begun = Date.now();
      await session.close();
      expect(Date.now() - begun).toBeLessThan(1_500);
      expect(await active()).toEqual([]);
      expect(pool.getMetrics()).toMatchObject({ leased: 0, destroyed: 0 });
    }));

  it('a statement or transaction while one reads would wait for ever, and is refused', () =>
    within(async ({ sessions, pool }) => {
      await using session = sessions.open();
      for await (const _row of await session.stream(MANY)) {
        expect(await rejection(session.query('SELECT 1'))).toMatchObject({ code: 'STREAM_OPEN' });
        expect(await rejection(session.transaction(() => 1))).toMatchObject({ code: 'STREAM_OPEN' });
        break;
      }
      expect(await session.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
      expect(await session.transaction((tx) => tx.query('SELECT 2 AS x'))).toEqual([{ x: 2 }]);
      await session.close();
      expect(pool.leased).toBe(0);
    }));

  it('a stream in a transaction may be left early without undoing it', () =>
    within(async ({ sessions }) => {
      await sessions.transaction(async (tx, session) => {
        await tx.query(`INSERT INTO notes VALUES ('before')`);
        for await (const _row of await session.stream(MANY)) break;
        expect(await count(await session.stream(`SELECT * FROM notes`))).toBe(1);
        await tx.query(`INSERT INTO notes VALUES ('after')`);
      });
      expect(await ask(server().url, 'SELECT count(*)::int AS n FROM notes')).toEqual([{ n: 2 }]);
    }));

  it('a stream that is forgotten in a transaction ends with it', () =>
    within(async ({ sessions, pool }) => {
      const stream = await sessions.transaction((_, session) => session.stream(MANY));
      expect(stream.destroyed).toBe(true);
      await expect(count(stream)).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
      expect(pool.leased).toBe(0);
    }));

  it('read to its end gives the connection back', () =>
    within(async ({ sessions, pool }) => {
      let sum = 0;
      for await (const { n } of await sessions.stream(numbers)) sum += n;
      expect(sum).toBe(50_005_000);
      await eventually(
        () => pool.leased,
        (leased) => leased === 0,
      );
      expect(pool.leased).toBe(0);
    }));

  it('left, destroyed or piped into something that closes early gives the connection back', () =>
    within(async ({ sessions, pool, dataSource }) => {
      for await (const { n } of await sessions.stream(numbers)) if (n === 3) break;
      (await sessions.stream(numbers)).destroy();
      const stream = await sessions.stream(numbers);
      stream.once('data', () => stream.destroy(new Error('The client has left.')));
      stream.on('error', () => undefined);
      expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
      expect(pool.leased).toBe(0);
    }));

  it('of a statement that fails says so and gives the connection back', () =>
    within(async ({ sessions, dataSource }) => {
      const reading = async (): Promise<void> => {
        for await (const _row of await sessions.stream('SELECT nonsense')) break;
      };
      await expect(reading()).rejects.toMatchObject({ code: '42703' });
      expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    }));

  it('ends with its session', () =>
    within(async ({ sessions, pool }) => {
      const session = sessions.open();
      const stream = await session.stream(numbers);
      await session.close();
      expect(stream.destroyed).toBe(true);
      expect(pool.leased).toBe(0);
    }));
});
