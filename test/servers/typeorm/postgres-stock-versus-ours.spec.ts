import { expect, it } from '@jest/globals';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { describeWithPostgres } from '../../support/with-postgres.js';
import { ask, eventually, killBackends, withOurs, withStock } from '../../support/stock-and-ours.js';

/** Each row: what happens with TypeORM as it comes, and with our pool below the same calls. */
describeWithPostgres('stock versus ours', (server) => {
  const options = (more: object = {}): DataSourceOptions => ({
    type: 'postgres',
    url: server().url,
    poolSize: 1,
    applicationName: 'compared',
    // Its warnings are what the tests provoke.
    logging: false,
    poolErrorHandler: () => undefined,
    ...more,
  });
  const stock = <R>(work: (dataSource: DataSource) => Promise<R>, more?: object): Promise<R> =>
    withStock(options(more), work);
  const ours = <R>(work: (dataSource: DataSource) => Promise<R>, more?: object): Promise<R> =>
    withOurs(options(more), ({ dataSource }) => work(dataSource));

  /** Waits until the server is busy with a statement that ends like this. */
  const running = (end: string): Promise<unknown> => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%' || $1`;
    return eventually(
      () => ask(server().url, sql, [end]),
      (rows) => rows.length > 0,
    );
  };

  const leaveTransactionOpen = async (dataSource: DataSource): Promise<boolean> => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('SELECT 1');
    await runner.release();
    const [row] = await dataSource.query('SELECT now() <> statement_timestamp() AS inside');
    return row.inside;
  };

  it('a runner released with an open transaction: the next user is inside of it', async () => {
    expect(await stock(leaveTransactionOpen)).toBe(true);
    expect(await ours(leaveTransactionOpen)).toBe(false);
  });

  const failInside = async (dataSource: DataSource): Promise<string> => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('SELECT nonsense').catch(() => 'expected');
    await runner.release();
    return dataSource.query('SELECT 1').then(
      () => 'right',
      (error: { driverError: { code: string } }) => error.driverError.code,
    );
  };

  it('a runner released in an aborted transaction: the next query fails', async () => {
    expect(await stock(failInside)).toBe('25P02');
    expect(await ours(failInside)).toBe('right');
  });

  const dieInQuery = async (dataSource: DataSource): Promise<string> => {
    const dying = dataSource.query('SELECT pg_sleep(10)').catch(() => 'expected');
    // At once, before the socket has ended.
    const next = dying.then(() => dataSource.query('SELECT 1'));
    const answer = next.then(
      () => 'right',
      () => 'wrong',
    );
    await running('pg_sleep(10)');
    await killBackends(server().url, 'compared');
    return answer;
  };

  it('a backend killed in mid-query: the next query fails', async () => {
    expect(await stock(dieInQuery)).toBe('wrong');
    expect(await ours(dieInQuery)).toBe('right');
  });

  const nestedAtOnce = async (dataSource: DataSource): Promise<string> => {
    await dataSource
      .transaction((tx) =>
        Promise.all([
          tx.transaction((inner) => inner.query('SELECT pg_sleep(0.05)')),
          tx.transaction(async (inner) => {
            await inner.query('SELECT nonsense');
          }),
        ]),
      )
      .catch(() => 'expected');
    return dataSource.query('SELECT 1').then(
      () => 'right',
      (error: { driverError: { code: string } }) => error.driverError.code,
    );
  };

  it('two nested transactions at once: an unrelated query fails', async () => {
    expect(await stock(nestedAtOnce)).toBe('25P02');
    expect(await ours(nestedAtOnce)).toBe('right');
  });

  it('an exhausted pool: one waits for ever, or is told who holds what', async () => {
    const exhaust = async (dataSource: DataSource): Promise<string> => {
      const holder = dataSource.createQueryRunner();
      await holder.connect();
      const waiting = dataSource.query('SELECT 1').then(
        () => 'answered',
        (error: Error) => error.message,
      );
      const answer = await Promise.race([waiting, new Promise<string>((end) => setTimeout(end, 500, 'still waiting'))]);
      await holder.release();
      return answer;
    };
    expect(await stock(exhaust)).toBe('still waiting');
    expect(await ours(exhaust, { pool: { acquireTimeout: 200 } })).toMatch(/database\.pool.*200 ms/s);
  });

  it('destroyed while a query runs: it is cut off, or finished', async () => {
    const destroyUnderQuery = async (dataSource: DataSource): Promise<string> => {
      const runner = dataSource.createQueryRunner();
      const answered = runner.query('SELECT pg_sleep(0.3)').then(
        () => 'finished',
        () => 'cut off',
      );
      await running('pg_sleep(0.3)');
      const released = answered.then(() => runner.release());
      await dataSource.destroy();
      await released;
      return answered;
    };
    expect(await stock(destroyUnderQuery)).toBe('cut off');
    expect(await ours(destroyUnderQuery)).toBe('finished');
  });

  it('as many transactions as connections, each with an unbound repository: dead-locked, or joined', async () => {
    const work = async (query: () => Promise<unknown>): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return query().then(
        () => 'right',
        () => 'failed',
      );
    };
    const stocks = await stock(
      async (dataSource) => {
        const all = Promise.all(
          [1, 2].map(() => dataSource.transaction(() => work(() => dataSource.query('SELECT 1')))),
        );
        const answer = await Promise.race([all, new Promise<string>((end) => setTimeout(end, 500, 'dead-locked'))]);
        // Nobody else can end it.
        await killBackends(server().url, 'compared');
        await all.catch(() => 'expected');
        return answer;
      },
      { poolSize: 2, extra: { connectionTimeoutMillis: 1_000 } },
    );
    expect(stocks).toBe('dead-locked');
    const joined = await withOurs(options({ poolSize: 2 }), ({ sessions, dataSource }) =>
      Promise.all([1, 2].map(() => sessions.transaction(() => work(() => dataSource.query('SELECT 1'))))),
    );
    expect(joined).toEqual(['right', 'right']);
  });
});
