import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it } from '@jest/globals';
import type { DataSourceOptions } from 'typeorm';
import { ask, countBackends, eventually, killBackends, type Ours, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

const ACCOUNTS = 10;
const START = 1_000;
const MAX_SIZE = 5;

/**
 * Money moves between accounts while the server is treated badly. Whatever happens: the sum stays, each transfer that was
 * acknowledged is in the ledger, each that was not is there at most if its fate was unknown.
 */
describeWithPostgres('transfers', (server) => {
  const options = (more: object = {}): DataSourceOptions => ({
    type: 'postgres',
    url: server().url,
    poolSize: MAX_SIZE,
    applicationName: 'transfers',
    poolErrorHandler: () => undefined,
    ...more,
  });

  beforeEach(async () => {
    await ask(server().url, 'DROP TABLE IF EXISTS ledger, accounts');
    await ask(server().url, 'CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL)');
    await ask(server().url, 'CREATE TABLE ledger (id varchar PRIMARY KEY)');
    await ask(server().url, 'INSERT INTO accounts SELECT n, $1 FROM generate_series(1, $2) n', [START, ACCOUNTS]);
  });

  interface Tally {
    readonly acknowledged: string[];
    readonly unknown: string[];
    readonly errors: Error[];
    mostBackends: number;
  }

  const transfer = ({ sessions }: Ours, id: string): Promise<void> =>
    sessions.transaction(async (tx) => {
      const [from, to] = [1, 2].map(() => 1 + Math.floor(Math.random() * ACCOUNTS)).sort((a, b) => a - b);
      await tx.query('UPDATE accounts SET balance = balance - 1 WHERE id = $1', [from]);
      await tx.query('UPDATE accounts SET balance = balance + 1 WHERE id = $1', [to]);
      await tx.query('INSERT INTO ledger VALUES ($1)', [id]);
    });

  /** Transfers by 20 clients while `fault` happens. */
  const underLoad = async (ours: Ours, fault: () => Promise<void>): Promise<Tally> => {
    const tally: Tally = { acknowledged: [], unknown: [], errors: [], mostBackends: 0 };
    let over = false;
    const client = async (who: number): Promise<void> => {
      for (let n = 0; !over; n++) {
        const id = `${who}-${n}`;
        try {
          await transfer(ours, id);
          tally.acknowledged.push(id);
        } catch (error) {
          tally.errors.push(error as Error);
          if ((error as { transaction?: string }).transaction === 'unknown') tally.unknown.push(id);
          await delay(5);
        }
      }
    };
    const clients = Array.from({ length: 20 }, (_, who) => client(who));
    await delay(100);
    await fault();
    await delay(200);
    over = true;
    await Promise.all(clients);
    return tally;
  };

  const expectNothingLost = async ({ pool, sessions }: Ours, tally: Tally): Promise<void> => {
    const [sum] = await ask<{ sum: number }>(server().url, 'SELECT sum(balance)::int AS sum FROM accounts');
    expect(sum?.sum).toBe(ACCOUNTS * START);
    const ledger = await ask<{ id: string }>(server().url, 'SELECT id FROM ledger');
    const kept = new Set(ledger.map(({ id }) => id));
    expect(tally.acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    const allowed = new Set([...tally.acknowledged, ...tally.unknown]);
    expect([...kept].filter((id) => !allowed.has(id))).toEqual([]);
    expect(pool.getMetrics()).toMatchObject({ leased: 0, waiting: 0, creating: 0 });
    expect(sessions.getMetrics().active).toBe(0);
    expect(await countBackends(server().url, 'transfers')).toBeLessThanOrEqual(MAX_SIZE);
  };

  it('survive that half of the backends are killed, again and again', () =>
    withOurs(options(), async (ours) => {
      let killed = 0;
      const tally = await underLoad(ours, async () => {
        for (let round = 0; round < 5; round++) {
          killed += await killBackends(server().url, 'transfers', 3);
          await delay(60);
        }
      });
      expect(killed).toBeGreaterThanOrEqual(10);
      expect(tally.acknowledged.length).toBeGreaterThan(100);
      expect(tally.errors.length).toBeGreaterThan(0);
      expect(tally.errors.filter((error) => (error as { code?: string }).code !== 'CONNECTION_LOST')).toEqual([]);
      await expectNothingLost(ours, tally);
      await expect(ours.dataSource.query('SELECT 1 AS x')).resolves.toEqual([{ x: 1 }]);
      await Promise.all(Array.from({ length: MAX_SIZE }, () => ours.dataSource.query('SELECT pg_sleep(0.05)')));
      expect(ours.pool.size).toBe(MAX_SIZE);
    }));

  it(
    'survive that the server is killed and comes back',
    () =>
      withOurs(options({ breaker: { recoveryTimeout: 100 } }), async (ours) => {
        const tally = await underLoad(ours, async () => {
          await server().kill();
          await delay(200);
          await server().restart();
          await eventually(
            () =>
              ours.dataSource.query('SELECT 1').then(
                () => true,
                () => false,
              ),
            (answered) => answered,
          );
        });
        expect(tally.errors.length).toBeGreaterThan(0);
        await expectNothingLost(ours, tally);
        await expect(ours.dataSource.query('SELECT 1 AS x')).resolves.toEqual([{ x: 1 }]);
      }),
    30_000,
  );

  it('report the death of an idle connection once, and use another', () => {
    const seen: string[] = [];
    return withOurs(options({ poolErrorHandler: (error: { code: string }) => seen.push(error.code) }), async (ours) => {
      await ours.dataSource.query('SELECT 1');
      await killBackends(server().url, 'transfers');
      await eventually(
        () => ours.pool.size,
        (size) => size === 0,
      );
      await delay(50);
      expect(seen).toEqual(['57P01']);
      await expect(ours.dataSource.query('SELECT 1 AS x')).resolves.toEqual([{ x: 1 }]);
    });
  });
});
