import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it } from '@jest/globals';
import { ConnectionLostError, TransactionAbortedError } from '@nestjs-resources/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { ask, countBackends, eventually, killBackends, type Ours, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

describeWithPostgres('a session on a real server', (server) => {
  const options = (more: object = {}): DataSourceOptions => ({
    type: 'postgres',
    url: server().url,
    poolSize: 3,
    applicationName: 'sessions',
    poolErrorHandler: () => undefined,
    ...more,
  });
  const within = (work: (ours: Ours) => Promise<void>, more?: object): Promise<void> => withOurs(options(more), work);
  const rows = async (): Promise<string[]> => {
    const all = await ask<{ text: string }>(server().url, 'SELECT text FROM notes ORDER BY text');
    return all.map(({ text }) => text);
  };

  beforeEach(async () => {
    await ask(server().url, 'DROP TABLE IF EXISTS notes');
    await ask(server().url, 'CREATE TABLE notes (text varchar PRIMARY KEY)');
  });

  it('rolls back at the end of its block, even after an error, and has let go of its locks by then', () =>
    within(async ({ sessions, pool }) => {
      const block = async (): Promise<void> => {
        await using session = sessions.open();
        await session.queryRunner.startTransaction();
        await session.query(`INSERT INTO notes VALUES ('half done')`);
        throw new Error('no');
      };
      await expect(block()).rejects.toThrow('no');
      await ask(server().url, 'LOCK TABLE notes NOWAIT').catch((error: { code: string }) => {
        // Outside of a transaction LOCK is refused for that reason only; a lock would be 55P03.
        expect(error.code).toBe('25P01');
      });
      expect(await rows()).toEqual([]);
      expect(pool.leased).toBe(0);
    }));

  it('reports a transaction that a swallowed error had undone', () =>
    within(async ({ sessions }) => {
      const placed = sessions.transaction(async (tx) => {
        await tx.query(`INSERT INTO notes VALUES ('a')`);
        await tx.query(`INSERT INTO notes VALUES ('a')`).catch(() => 'swallowed');
      });
      const error: unknown = await placed.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TransactionAbortedError);
      expect((error as { cause: { code: string } }).cause.code).toBe('23505');
      expect(await rows()).toEqual([]);
    }));

  it('keeps what a nested transaction did beside one that failed', () =>
    within(async ({ sessions }) => {
      await sessions.transaction(async (tx) => {
        const note = (text: string): Promise<unknown> =>
          tx.transaction((inner) => inner.query('INSERT INTO notes VALUES ($1)', [text]));
        await Promise.allSettled([note('a'), note('b'), note('a'), note('c')]);
      });
      expect(await rows()).toEqual(['a', 'b', 'c']);
    }));

  it('saves two entities at once without one committing the half of the other', () =>
    within(async ({ sessions }) => {
      await using session = sessions.open();
      const save = (text: string, fail: boolean): Promise<unknown> =>
        session.transaction(async (tx) => {
          await tx.query('INSERT INTO notes VALUES ($1)', [text]);
          await delay(5);
          if (fail) throw new Error('no');
        });
      await Promise.allSettled([save('undone', true), save('kept', false)]);
      expect(await rows()).toEqual(['kept']);
    }));

  it('says why its connection was lost, between statements too, and goes on with another', () =>
    within(async ({ sessions, pool }) => {
      await using session = sessions.open();
      const lost = session.transaction(async (tx) => {
        await tx.query(`INSERT INTO notes VALUES ('lost')`);
        await killBackends(server().url, 'sessions');
        await delay(20);
        await tx.query(`INSERT INTO notes VALUES ('never')`);
      });
      const error: unknown = await lost.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConnectionLostError);
      expect(error).toMatchObject({ transaction: 'rolled back', cause: { code: '57P01' } });
      await session.transaction((tx) => tx.query(`INSERT INTO notes VALUES ('kept')`));
      expect(await rows()).toEqual(['kept']);
      expect(pool.leased).toBe(0);
    }));

  it('says why its connection was lost in mid-query', () =>
    within(async ({ sessions }) => {
      const lost = sessions.run((tx) => tx.query('SELECT pg_sleep(10)'));
      const seen = lost.catch((reason: unknown) => reason);
      await eventually(
        () =>
          ask(server().url, `SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(10)' AND state = 'active'`),
        (active) => active.length > 0,
      );
      await killBackends(server().url, 'sessions');
      expect(await seen).toMatchObject({ code: 'CONNECTION_LOST', transaction: 'none', cause: { code: '57P01' } });
    }));

  it('works again after the server was away, without a runner that remembers the failure', () =>
    within(
      async ({ sessions }) => {
        await using session = sessions.open({ acquireTimeout: 2_000 });
        await session.query('SELECT 1');
        await server().kill();
        await expect(session.query('SELECT 1')).rejects.toThrow();
        await expect(session.query('SELECT 1')).rejects.toThrow();
        await server().restart();
        const answer = await eventually(
          () => session.query('SELECT 1 AS x').catch(() => 'not yet'),
          (result) => result !== 'not yet',
        );
        expect(answer).toEqual([{ x: 1 }]);
      },
      { breaker: { recoveryTimeout: 50 } },
    ));

  it('that waits for a connection leaves the queue when its signal says so', () =>
    within(
      async ({ sessions, pool }) => {
        const gone = new AbortController();
        await sessions.run(async (tx) => {
          await tx.query('SELECT 1');
          const waiting = sessions.run({ signal: gone.signal }, (other) => other.query('SELECT 1'));
          await eventually(
            () => pool.waiting,
            (n) => n === 1,
          );
          gone.abort(new Error('The client has left.'));
          await expect(waiting).rejects.toThrow('The client has left.');
          expect(pool.waiting).toBe(0);
        });
      },
      { poolSize: 1 },
    ));

  it('serves 1,000 short transactions of 20 callers, some of which fail, and leaks nothing', () =>
    within(async ({ sessions, pool }) => {
      let kept = 0;
      const caller = async (who: number): Promise<void> => {
        for (let n = 0; n < 50; n++) {
          const fail = n % 5 === 0;
          const placed = sessions.transaction(async (tx) => {
            await tx.query('INSERT INTO notes VALUES ($1)', [`${who}-${n}`]);
            if (fail) throw new Error('no');
          });
          await placed.then(
            () => kept++,
            () => 'expected',
          );
        }
      };
      await Promise.all(Array.from({ length: 20 }, (_, who) => caller(who)));
      expect(kept).toBe(800);
      expect(await rows()).toHaveLength(800);
      expect(pool.getMetrics()).toMatchObject({ leased: 0, waiting: 0, resetFailures: 0 });
      expect(await countBackends(server().url, 'sessions')).toBeLessThanOrEqual(3);
      expect(sessions.getMetrics()).toMatchObject({ active: 0, committed: 800, rolledBack: 200 });
    }));
});
