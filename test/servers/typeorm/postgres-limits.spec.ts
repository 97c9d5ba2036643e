import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { CircuitBreaker } from '@nestjs-resources/core';
import type { DataSourceOptions } from 'typeorm';
import { beforeItArrives } from '../../support/held-back.js';
import { ask, eventually, type Ours, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

describeWithPostgres('limits of a session', (server) => {
  const within = (work: (ours: Ours) => Promise<void>, more: object = {}): Promise<void> => {
    const options = { type: 'postgres', url: server().url, poolSize: 2, applicationName: 'limits' } as const;
    return withOurs({ ...options, ...more } satisfies DataSourceOptions, work);
  };
  const active = (): Promise<object[]> =>
    ask(server().url, `SELECT pid FROM pg_stat_activity WHERE application_name = 'limits' AND state = 'active'`);
  const pid = async ({ sessions }: Ours): Promise<number> => {
    const [row] = await sessions.run((tx) => tx.query('SELECT pg_backend_pid() AS pid'));
    return row.pid;
  };

  it('an aborted statement ends on the server, and its connection is used again', () =>
    within(async (ours) => {
      const before = await pid(ours);
      const gone = new AbortController();
      setTimeout(() => gone.abort(new Error('The client has left.')), 100);
      const begun = Date.now();
      const sleeping = ours.sessions.run({ signal: gone.signal }, (tx) => tx.query('SELECT pg_sleep(10)'));
      await expect(sleeping).rejects.toThrow(/^The client has left\.$/);
      expect(Date.now() - begun).toBeLessThan(2_000);
      expect(await active()).toEqual([]);
      expect(await pid(ours)).toBe(before);
    }));

  it('a cancellation that overtakes its statement is repeated', () =>
    within(
      async ({ sessions, pool }) => {
        await using session = sessions.open();
        const begun = Date.now();
        const sleeping = (): Promise<unknown> => rejection(session.query('SELECT pg_sleep(10)'));
        expect(await beforeItArrives(pool, sleeping, () => session.cancel())).toMatchObject({ code: '57014' });
        expect(Date.now() - begun).toBeLessThan(5_000);
        expect(await session.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
        expect(pool.getMetrics()).toMatchObject({ destroyed: 0 });
      },
      { poolSize: 1 },
    ));

  it('a statement that takes too long is cancelled, and its transaction rolled back', () =>
    within(async (ours) => {
      await ours.dataSource.query('CREATE TABLE IF NOT EXISTS marks (n int)');
      const slow = ours.sessions.transaction({ statementTimeout: 100, label: 'report' }, async (tx) => {
        await tx.query('INSERT INTO marks VALUES (1)');
        await tx.query('SELECT pg_sleep(10)');
      });
      await expect(slow).rejects.toMatchObject({
        code: 'CALL_TIMEOUT',
        message: expect.stringContaining("A statement of Session 'report' did not end within 100 ms"),
      });
      expect(await active()).toEqual([]);
      expect(await ours.dataSource.query('SELECT * FROM marks')).toEqual([]);
      expect(ours.pool.getMetrics()).toMatchObject({ leased: 0, destroyed: 0 });
    }));

  it('a deadline counts for all statements together, and for the wait for a connection', () =>
    within(async ({ sessions, pool }) => {
      const slow = sessions.run({ deadline: 250 }, async (tx) => {
        for (let n = 0; n < 10; n++) await tx.query('SELECT pg_sleep(0.1)');
      });
      expect(await rejection(slow)).toMatchObject({ code: 'CALL_TIMEOUT', timeout: 250 });
      const leases = [await pool.acquire(), await pool.acquire()];
      const waiting = sessions.run({ deadline: 100 }, (tx) => tx.query('SELECT 1'));
      expect(await rejection(waiting)).toMatchObject({ code: 'CALL_TIMEOUT', timeout: 100 });
      for (const lease of leases) lease.release();
    }));

  it('cancel() ends the statement under way and nothing that comes later', () =>
    within(async ({ sessions }) => {
      await using session = sessions.open();
      const sleeping = rejection(session.query('SELECT pg_sleep(10)'));
      await eventually(active, (all) => all.length > 0);
      await session.cancel();
      expect(await sleeping).toMatchObject({ driverError: { code: '57014' } });
      await session.cancel();
      expect(await session.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    }));

  it(
    '1,000 aborts at random moments hit nobody else and leak nothing',
    () =>
      within(
        async ({ sessions, pool }) => {
          const wrong: string[] = [];
          const bystander = async (): Promise<void> => {
            while (!over) {
              await sessions
                .run((tx) => tx.query('SELECT pg_sleep(0.001)'))
                .catch((error: Error) => wrong.push(error.message));
              await delay(1);
            }
          };
          let over = false;
          const bystanders = [bystander(), bystander()];
          const abort = async (): Promise<void> => {
            const signal = AbortSignal.timeout(Math.ceil(Math.random() * 12));
            const work = sessions.transaction({ signal }, async (tx) => {
              for (let n = 0; n < 4; n++) await tx.query('SELECT pg_sleep(0.003)');
            });
            const error = await rejection(work);
            if (error !== 'no error' && (error as Error).name !== 'TimeoutError') wrong.push((error as Error).message);
          };
          for (let round = 0; round < 100; round++) await Promise.all(Array.from({ length: 10 }, abort));
          over = true;
          await Promise.all(bystanders);
          expect(wrong).toEqual([]);
          expect(pool.getMetrics()).toMatchObject({ leased: 0, waiting: 0 });
          expect(sessions.getMetrics().active).toBe(0);
          expect(await active()).toEqual([]);
        },
        { poolSize: 6 },
      ),
    60_000,
  );

  it('hold when the server is stopped, which the breaker is told', () =>
    within(async ({ sessions, pool, factory }) => {
      await sessions.run((tx) => tx.query('SELECT 1'));
      server().pause();
      try {
        const begun = Date.now();
        const stuck = sessions.transaction({ statementTimeout: 200 }, (tx) => tx.query('SELECT 1'));
        expect(await rejection(stuck)).toMatchObject({ code: 'CALL_TIMEOUT' });
        expect(Date.now() - begun).toBeLessThan(6_000);
      } finally {
        server().resume();
      }
      expect(factory.registry.get<CircuitBreaker>('database.breaker').getMetrics().totalFailures).toBe(1);
      expect(await sessions.run((tx) => tx.query('SELECT 1 AS x'))).toEqual([{ x: 1 }]);
      await eventually(
        () => pool.leased,
        (n) => n === 0,
      );
      expect(pool.leased).toBe(0);
    }));

  it('a transaction that the database could not serialise is run again', () =>
    within(async ({ sessions, dataSource }) => {
      await dataSource.query('CREATE TABLE counter (n int)');
      await dataSource.query('INSERT INTO counter VALUES (0)');
      let runs = 0;
      let bothHaveRead = (): void => undefined;
      const read = new Promise<void>((resolve) => (bothHaveRead = resolve));
      const increment = (): Promise<void> =>
        sessions.transaction({ isolation: 'SERIALIZABLE', retry: 5 }, async (tx) => {
          const [{ n }] = await tx.query('SELECT n FROM counter');
          if (++runs === 2) bothHaveRead();
          await read;
          await tx.query('UPDATE counter SET n = $1', [n + 1]);
        });
      await Promise.all([increment(), increment()]);
      expect(await dataSource.query('SELECT n FROM counter')).toEqual([{ n: 2 }]);
      expect(runs).toBe(3);
    }));
});
