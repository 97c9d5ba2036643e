import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { DataSource, DataSourceOptions, QueryRunner } from 'typeorm';
import { askMariadb } from '../../support/ask-mariadb.js';
import { describeWith } from '../../support/describe-with.js';
import { MariadbServer } from '../../support/mariadb-server.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { ask, eventually, killBackends, type Ours, withOurs, withStock } from '../../support/stock-and-ours.js';
import { Order, OrderLine } from './order.entity.js';

interface Hazardous {
  readonly name: string;
  readonly type: 'postgres' | 'mariadb';
  readonly missing: () => string | undefined;
  readonly start: () => Promise<PostgresServer | MariadbServer>;
  readonly references: (url: string) => Promise<string[]>;
}

const inOrder = (rows: { reference: string }[]): string[] => rows.map(({ reference }) => reference);
const ALL = 'SELECT reference FROM orders ORDER BY reference';

const databases: Hazardous[] = [
  {
    name: 'PostgreSQL',
    type: 'postgres',
    missing: () => PostgresServer.missing(),
    start: () => PostgresServer.start(),
    references: async (url) => inOrder(await ask(url, ALL)),
  },
  {
    name: 'MariaDB',
    type: 'mariadb',
    missing: () => MariadbServer.missing(),
    start: () => MariadbServer.start(),
    references: async (url) => inOrder(await askMariadb<{ reference: string }[]>(url, ALL)),
  },
];

const insert = (reference: string): string => `INSERT INTO orders (reference) VALUES ('${reference}')`;
const codeOf = (error: unknown): string => {
  const { code, name } = error as { code?: string; name: string };
  return code ?? name;
};
const told = (work: Promise<unknown>): Promise<string> => work.then(() => 'fine', codeOf);
const within = (time: number, work: Promise<unknown>): Promise<string> =>
  Promise.race([told(work), delay(time, 'never', { ref: false })]);

/** The nine hazards that a session has to absorb: what TypeORM does as it comes, and what a session makes of it. */
describe.each(databases)('hazards on $name', ({ type, missing, start, references }) => {
  describeWith(missing(), 'stock versus ours', () => {
    let running: PostgresServer | MariadbServer | undefined;
    beforeAll(async () => {
      running = await start();
    }, 60_000);
    afterAll(() => running?.stop(), 60_000);
    const server = (): PostgresServer | MariadbServer => running as PostgresServer;

    const options = (more: object = {}): DataSourceOptions =>
      ({
        type,
        url: server().url,
        entities: [Order, OrderLine],
        dropSchema: true,
        synchronize: true,
        poolSize: 1,
        logging: false,
        ...(type === 'postgres' && { applicationName: 'hazards', poolErrorHandler: () => undefined }),
        ...more,
      }) as DataSourceOptions;
    const stock = <R>(work: (dataSource: DataSource) => Promise<R>, more?: object): Promise<R> =>
      withStock(options(more), work);
    const ours = <R>(work: (ours: Ours) => Promise<R>, more?: object): Promise<R> => withOurs(options(more), work);

    it('1: an error in an `await using` block commits what was half done, or nothing', async () => {
      const halfDone = async (
        open: () => AsyncDisposable & { query(sql: string): unknown; begin(): Promise<void> },
      ) => {
        await using block = open();
        await block.begin();
        await block.query(insert('half done'));
        throw new Error('no');
      };
      await stock(async (dataSource) => {
        const runner = (): QueryRunner & { begin(): Promise<void> } => {
          const made = dataSource.createQueryRunner();
          return Object.assign(made, { begin: () => made.startTransaction() });
        };
        await expect(halfDone(runner)).rejects.toThrow('no');
        // A runner of TypeORM 0.3 cannot be used in such a block at all.
        const disposable = Symbol.asyncDispose in dataSource.createQueryRunner();
        expect(await references(server().url)).toEqual(disposable ? ['half done'] : []);
      });
      await ours(async ({ sessions }) => {
        const session = () => {
          const made = sessions.open();
          return Object.assign(made, { begin: () => made.queryRunner.startTransaction() });
        };
        await expect(halfDone(session)).rejects.toThrow('no');
        expect(await references(server().url)).toEqual([]);
      });
    });

    if (type === 'postgres')
      it('2: a commit after a swallowed error says that all is well, or that nothing was kept', async () => {
        const swallow = async (tx: { query(sql: string): Promise<unknown> }): Promise<void> => {
          await tx.query(insert('lost'));
          await tx.query('SELECT nonsense').catch(() => 'swallowed');
        };
        expect(await stock((dataSource) => told(dataSource.transaction(swallow)))).toBe('fine');
        expect(await ours(({ sessions }) => told(sessions.transaction(swallow)))).toBe('TRANSACTION_ABORTED');
        expect(await references(server().url)).toEqual([]);
      });

    it('3: a runner whose connection failed once fails for ever, or until the server is back', async () => {
      const recover = async (query: () => Promise<unknown>, anybody: () => Promise<unknown>): Promise<string[]> => {
        await server().kill();
        const first = await told(query());
        await server().restart();
        await eventually(
          () => told(anybody()),
          (answer) => answer === 'fine',
        );
        return [first === 'fine' ? 'fine' : 'failed', (await told(query())) === 'fine' ? 'fine' : 'failed'];
      };
      const cold = { poolSize: 2 };
      const answers = await stock(async (dataSource) => {
        const runner = dataSource.createQueryRunner();
        const answered = await recover(
          () => runner.query('SELECT 1'),
          () => dataSource.query('SELECT 1'),
        );
        await runner.release().catch(() => 'it has nothing');
        return answered;
      }, cold);
      expect(answers).toEqual(['failed', 'failed']);
      const own = await ours(async ({ sessions, dataSource }) => {
        const session = sessions.open();
        const answered = recover(
          () => session.query('SELECT 1'),
          () => dataSource.query('SELECT 1'),
        );
        try {
          return await answered;
        } finally {
          await session.close();
        }
      }, cold);
      expect(own).toEqual(['failed', 'fine']);
    }, 40_000);

    it('4: a runner released while it waits keeps its connection and blocks the end, or gives it back', async () => {
      const releaseEarly = async (dataSource: DataSource): Promise<string> => {
        const holder = dataSource.createQueryRunner();
        await holder.connect();
        const early = dataSource.createQueryRunner();
        const connecting = early.connect().catch(() => 'refused');
        await early.release();
        await holder.release();
        await connecting;
        const answer = await within(300, dataSource.query('SELECT 1'));
        // Without this the end of the stock data source would block the process for ever.
        const { connectedQueryRunners = [] } = dataSource.driver as { connectedQueryRunners?: QueryRunner[] };
        for (const orphan of connectedQueryRunners.splice(0))
          (orphan as unknown as { releaseCallback?: () => void }).releaseCallback?.();
        return answer;
      };
      expect(await stock(releaseEarly)).toBe('never');
      expect(await ours(({ dataSource }) => releaseEarly(dataSource))).toBe('fine');
    });

    if (type === 'postgres')
      it('5: a lost connection is an odd state of a runner, or told with its cause', async () => {
        const lose = async (query: () => Promise<unknown>): Promise<unknown> => {
          await query();
          await killBackends(server().url, 'hazards');
          await delay(50);
          return query().then(
            () => 'fine',
            (error: unknown) => error,
          );
        };
        const error = await stock((dataSource) =>
          lose(() => dataSource.query('SELECT 1')).then(() => {
            const runner = dataSource.createQueryRunner();
            return runner.startTransaction().then(() => lose(() => runner.query('SELECT 1')));
          }),
        );
        expect(error).toMatchObject({ name: 'QueryRunnerAlreadyReleasedError' });
        const own = await ours(({ sessions }) =>
          sessions
            .transaction((tx) => lose(() => tx.query('SELECT 1')))
            .then(
              (answer) => answer,
              (reason: unknown) => reason,
            ),
        );
        expect(own).toMatchObject({ code: 'CONNECTION_LOST', cause: { code: '57P01' } });
      });

    if (type === 'postgres')
      it('6: statements at once on one runner rely on what pg gives up, or wait for each other', async () => {
        // pg warns once in a process; this is what it warns of.
        const query = Reflect.get(pg.Client.prototype, 'query') as (this: unknown, ...all: never[]) => unknown;
        const sentWhileBusy: boolean[] = [];
        const spy = function (this: { readyForQuery?: boolean }, ...parameters: never[]): unknown {
          sentWhileBusy.push(this.readyForQuery === false);
          return query.apply(this, parameters);
        };
        const threeAtOnce = async (tx: { query(sql: string, n: number[]): Promise<{ n: number }[]> }) => {
          sentWhileBusy.length = 0;
          const answers = await Promise.all([1, 2, 3].map((n) => tx.query('SELECT $1::int AS n', [n])));
          expect(answers.map(([row]) => row?.n)).toEqual([1, 2, 3]);
          return [...sentWhileBusy];
        };
        pg.Client.prototype.query = spy as never;
        try {
          const own = await ours(({ sessions }) => sessions.run((tx) => threeAtOnce(tx)));
          expect(own).toEqual([false, false, false]);
          const stocks = await stock(async (dataSource) => {
            const runner = dataSource.createQueryRunner();
            const sent = await threeAtOnce(runner);
            await runner.release();
            return sent;
          });
          expect(stocks).toEqual([false, true, true]);
        } finally {
          pg.Client.prototype.query = query as never;
        }
      });

    it('7: a stream that is destroyed keeps its connection, or gives it back', async () => {
      const fill = (dataSource: DataSource): Promise<unknown> =>
        dataSource.getRepository(Order).insert(Array.from({ length: 500 }, (_, n) => ({ reference: `r${n}` })));
      const stocks = await stock(async (dataSource) => {
        await fill(dataSource);
        const query = dataSource.createQueryBuilder(Order, 'o');
        const stream = await query.stream();
        stream.once('error', () => undefined);
        stream.destroy();
        const answer = await within(300, dataSource.query('SELECT 1'));
        if (type === 'postgres') await killBackends(server().url, 'hazards');
        return answer;
      });
      // mysql2 reads the rest in vain, and has it back then.
      expect(stocks).toBe(type === 'postgres' ? 'never' : 'fine');
      const own = await ours(async ({ sessions, dataSource, pool }) => {
        await fill(dataSource);
        const stream = await sessions.stream(dataSource.createQueryBuilder(Order, 'o'));
        stream.destroy();
        const answer = await within(3_000, dataSource.query('SELECT 1'));
        await eventually(
          () => pool.leased,
          (leased) => leased === 0,
        );
        return [answer, pool.leased];
      });
      expect(own).toEqual(['fine', 0]);
    });

    it('8: nested transactions at once undo each other, or take turns', async () => {
      const nested = (transaction: DataSource['transaction'] | Ours['sessions']['transaction']): Promise<unknown> =>
        (transaction as DataSource['transaction'])(async (tx) => {
          await Promise.allSettled([
            tx.transaction(async (inner) => {
              await inner.query(insert('first'));
              await delay(20);
              throw new Error('no');
            }),
            tx.transaction(async (inner) => {
              await delay(5);
              await inner.query(insert('second'));
              await delay(40);
            }),
          ]);
        });
      await stock(async (dataSource) => {
        await nested(dataSource.transaction.bind(dataSource)).catch(() => 'it may fail, too');
        expect(await references(server().url)).not.toEqual(['second']);
      });
      await ours(async ({ sessions }) => {
        await nested(sessions.transaction.bind(sessions) as Ours['sessions']['transaction']);
        expect(await references(server().url)).toEqual(['second']);
      });
    });

    it('9: a plain repository in a transaction on the last connection waits for ever, or joins', async () => {
      const unbound = (dataSource: DataSource): Promise<unknown> =>
        dataSource.getRepository(Order).insert({ reference: 'joined' });
      const stocks = await stock(async (dataSource) => {
        const end = new AbortController();
        const waiting = dataSource.transaction(() =>
          Promise.race([unbound(dataSource), delay(300, 'never', { signal: end.signal })]),
        );
        return waiting;
      });
      expect(stocks).toBe('never');
      const own = await ours(({ sessions, dataSource }) => told(sessions.transaction(() => unbound(dataSource))));
      expect(own).toBe('fine');
      expect(await references(server().url)).toEqual(['joined']);
    });

    it('an exhausted pool says nothing, or who holds what', async () => {
      const exhaust = async (dataSource: DataSource): Promise<string> => {
        const holder = dataSource.createQueryRunner();
        await holder.connect();
        const answer = await within(400, dataSource.query('SELECT 1'));
        await holder.release();
        return answer;
      };
      expect(await stock(exhaust)).toBe('never');
      const waits = { pool: { acquireTimeout: 100 } };
      expect(await ours(({ dataSource }) => exhaust(dataSource), waits)).toBe('POOL_TIMEOUT');
    });
  });
});
