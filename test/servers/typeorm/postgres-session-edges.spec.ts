import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it } from '@jest/globals';
import type { ResourceEvent } from '@nestjs-resources/core';
import type { NamedDatabaseOptions, SessionEvent } from '@nestjs-resources/typeorm';
import { ask, eventually, type Ours, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

/** What people do with sessions though they should not, or only seldom. */
describeWithPostgres('at the edges of a session', (server) => {
  const within = <R>(work: (ours: Ours) => Promise<R>, more: object = {}): Promise<R> => {
    const options = {
      type: 'postgres',
      url: server().url,
      poolSize: 2,
      applicationName: 'edges',
      logging: false,
    } as const;
    return withOurs({ ...options, ...more } as NamedDatabaseOptions, work);
  };
  const rows = async (): Promise<string[]> => {
    const all = await ask<{ text: string }>(server().url, 'SELECT text FROM notes ORDER BY text');
    return all.map(({ text }) => text);
  };
  const note = (text: string): string => `INSERT INTO notes VALUES ('${text}')`;

  beforeEach(async () => {
    await ask(server().url, 'DROP TABLE IF EXISTS notes');
    await ask(server().url, 'CREATE TABLE notes (text varchar PRIMARY KEY)');
  });

  it.each([
    ['COMMIT', ['COMMIT'], ['first']],
    ['ROLLBACK', ['ROLLBACK'], []],
    ['END', ['END'], ['first']],
    ['a COMMIT among others', [`${note('a')}; COMMIT; ${note('b')}`], ['a', 'b', 'first']],
  ])('a transaction ended by hand (%s) is not reported as committed, nor carried on', (_how, statements, kept) =>
    within(async ({ sessions, pool }) => {
      const work = sessions.transaction(async (tx) => {
        await tx.query(note('first'));
        for (const statement of statements) await tx.query(statement).catch(() => 'swallowed');
        await tx.query(note('last')).catch(() => 'swallowed');
      });
      expect(await rejection(work)).toMatchObject({ code: 'TRANSACTION_ENDED' });
      expect(await rows()).toEqual(kept);
      expect(sessions.getMetrics()).toMatchObject({ committed: 0, rolledBack: 1 });
      expect(pool.leased).toBe(0);
      expect(await sessions.transaction((tx) => tx.query('SELECT 1 AS x'))).toEqual([{ x: 1 }]);
    }),
  );

  it('statements begun beside a transaction are no reason to believe that it has ended', () =>
    within(async ({ sessions }) => {
      await using session = sessions.open();
      const answers = await Promise.all([
        session.query('SELECT 1 AS x'),
        session.transaction((tx) => tx.query('SELECT 2 AS x')),
        session.query('SELECT 3 AS x'),
      ]);
      expect(answers).toEqual([[{ x: 1 }], [{ x: 2 }], [{ x: 3 }]]);
    }));

  it('savepoints released out of order undo the transaction', () =>
    within(async ({ sessions }) => {
      const work = sessions.transaction(async (tx) => {
        await tx.transaction(async (inner) => {
          await inner.query(note('a'));
          await inner.query('RELEASE SAVEPOINT typeorm_1');
        });
      });
      expect(await rejection(work)).toMatchObject({ driverError: { code: '3B001' } });
      expect(await rows()).toEqual([]);
    }));

  it('a session closed within its own transaction undoes it', () =>
    within(async ({ sessions, pool }) => {
      const session = sessions.open();
      const work = session.transaction(async (tx) => {
        await tx.query(note('a'));
        await session.close();
      });
      expect(await rejection(work)).toMatchObject({ code: 'SESSION_CLOSED' });
      expect(await rows()).toEqual([]);
      expect(pool.leased).toBe(0);
    }));

  it.each([
    ['before it begins', (gone: AbortController) => gone.abort(new Error('gone')), async () => undefined],
    ['in its work', () => undefined, async (gone: AbortController) => gone.abort(new Error('gone'))],
  ])('an abort %s keeps nothing, though no statement is under way', (_when, first, then) =>
    within(async ({ sessions, pool }) => {
      const gone = new AbortController();
      first(gone);
      const work = sessions.transaction({ signal: gone.signal }, async (tx) => {
        await tx.query(note('a'));
        await then(gone);
      });
      await expect(work).rejects.toThrow('gone');
      expect(await rows()).toEqual([]);
      expect(pool.leased).toBe(0);
    }),
  );

  const slowCommit = async (seconds: number): Promise<void> => {
    await ask(
      server().url,
      `CREATE OR REPLACE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_sleep(${seconds}); RETURN NEW; END $$`,
    );
    await ask(
      server().url,
      `CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION wait()`,
    );
  };

  it('an abort during the commit is too late: what is told is what was kept', () =>
    within(async ({ sessions }) => {
      await slowCommit(1);
      const gone = new AbortController();
      const done = sessions.transaction({ signal: gone.signal }, (tx) => tx.query(note('kept')));
      const committing = `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = 'COMMIT'`;
      await eventually(
        () => ask(server().url, committing),
        (busy) => busy.length > 0,
      );
      gone.abort(new Error('gone'));
      await done;
      expect(await rows()).toEqual(['kept']);
    }));

  it('a commit that takes too long is cancelled, and nothing is kept', () =>
    within(async ({ sessions, pool }) => {
      await slowCommit(5);
      const work = sessions.transaction({ deadline: 300 }, (tx) => tx.query(note('undone')));
      expect(await rejection(work)).toMatchObject({ code: 'CALL_TIMEOUT' });
      expect(await rows()).toEqual([]);
      expect(pool.getMetrics()).toMatchObject({ leased: 0, destroyed: 0 });
    }));

  it('a commit that a stopped server does not answer is of unknown fate, and says so', () =>
    within(async ({ sessions, pool }) => {
      const work = sessions.transaction({ deadline: 300 }, async (tx) => {
        await tx.query(note('who knows'));
        server().pause();
      });
      const error = await rejection(work);
      server().resume();
      expect(error).toMatchObject({ code: 'CONNECTION_LOST', transaction: 'unknown' });
      expect(pool.leased).toBe(0);
    }));

  it('a connection lost before the commit is sent: the transaction is rolled back for certain', () =>
    within(async ({ sessions }) => {
      const work = sessions.transaction(async (tx) => {
        await tx.query(note('undone'));
        await tx.query(`SET LOCAL idle_in_transaction_session_timeout = '50ms'`);
        await delay(300);
      });
      expect(await rejection(work)).toMatchObject({ transaction: 'rolled back', cause: { code: '25P03' } });
      expect(await rows()).toEqual([]);
    }));

  it.each([
    ['a setting', `SET search_path = 'pg_catalog'`, 'SHOW search_path', '"$user", public'],
    ['a setting by function', `SELECT set_config('work_mem', '7MB', false)`, 'SHOW work_mem', '4MB'],
    ['a role', 'SET ROLE pg_monitor', 'SELECT current_user', 'tester'],
    ['a temporary table', 'CREATE TEMP TABLE t (n int)', `SELECT to_regclass('t')`, null],
    ['a lock', 'SELECT pg_advisory_lock(7)', `SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'`, 0],
    ['a listener', 'LISTEN news', 'SELECT count(*)::int FROM pg_listening_channels()', 0],
    ['a prepared statement', 'PREPARE p AS SELECT 1', 'SELECT count(*)::int FROM pg_prepared_statements', 0],
  ])('what a session leaves behind is gone for the next: %s', (_what, leave, look, expected) =>
    within(
      async ({ sessions, dataSource, pool }) => {
        await sessions.run((tx) => tx.query(leave));
        const [row] = await dataSource.query(look);
        expect(Object.values(row as object)).toEqual([expected]);
        await sessions.transaction((tx) => tx.query(leave));
        const [again] = await dataSource.query(look);
        expect(Object.values(again as object)).toEqual([expected]);
        expect(pool.getMetrics()).toMatchObject({ created: 1, resetFailures: 0 });
      },
      { poolSize: 1 },
    ),
  );

  it('what is begun in a request and outlives it has no session of it', () =>
    within(async ({ sessions }) => {
      let later: Promise<unknown> | undefined;
      await sessions.run(async () => {
        later = delay(20).then(() => [sessions.current(), sessions.transaction((tx) => tx.query('SELECT 1 AS x'))]);
      });
      const [session, answer] = (await later) as [unknown, Promise<unknown>];
      expect(session).toBeUndefined();
      expect(await answer).toEqual([{ x: 1 }]);
    }));

  it('waits for its own turn no longer than its deadline', () =>
    within(async ({ sessions }) => {
      const session = sessions.open({ deadline: 200 });
      const all = [1, 2, 3].map(() => rejection(session.transaction((tx) => tx.query('SELECT pg_sleep(10)'))));
      for (const error of await Promise.all(all)) expect(error).toMatchObject({ code: 'CALL_TIMEOUT' });
      await session.close();
    }));

  it('no more sessions than the limit use the database; the next waits, then is told', () =>
    within(
      async ({ sessions }) => {
        const first = sessions.open();
        await first.query('SELECT 1');
        const second = sessions.open({ acquireTimeout: 100 });
        expect(await rejection(second.query('SELECT 1'))).toMatchObject({ code: 'SESSION_LIMIT', limit: 1 });
        const third = sessions.open({ deadline: 100 });
        expect(await rejection(third.query('SELECT 1'))).toMatchObject({ code: 'CALL_TIMEOUT' });
        const fourth = sessions.open();
        const waiting = fourth.query('SELECT 1 AS x');
        await eventually(
          () => sessions.getMetrics().waiting,
          (n) => n === 1,
        );
        await first.close();
        expect(await waiting).toEqual([{ x: 1 }]);
        await Promise.all([second, third, fourth].map((session) => session.close()));
        await sessions.run((tx) => tx.query('SELECT 1'));
        expect(sessions.getMetrics()).toMatchObject({ active: 0, waiting: 0 });
      },
      { sessions: { limit: 1 } },
    ));

  it('who holds a connection and takes another is told of', () =>
    within(async ({ sessions, dataSource }) => {
      const events: ResourceEvent[] = [];
      sessions.observe((event) => events.push(event));
      await sessions.run({ label: 'outer' }, async (tx) => {
        await tx.query('SELECT 1');
        await sessions.run({ label: 'inner' }, (other) => other.query('SELECT 1'));
        await dataSource.query('SELECT 1');
      });
      await sessions.transaction((tx) => tx.query('SELECT 1'));
      expect(events).toEqual([
        { type: 'session.nested.acquire', holder: "Session 'outer'", taker: "Session 'inner'" },
        { type: 'session.nested.acquire', holder: "Session 'outer'", taker: 'repository' },
      ] satisfies SessionEvent[]);
      expect(sessions.getMetrics().nested).toBe(2);
    }));

  it.each([
    [false, undefined],
    [true, 'SELECT pg_sleep($1), ? AS secret, ? AS n'],
  ])('slow statements are told of without their values, with their text (%s) if asked for', (text, expected) =>
    within(
      async ({ sessions, dataSource }) => {
        const events: ResourceEvent[] = [];
        sessions.observe((event) => events.push(event));
        await dataSource.query('SELECT 1');
        await sessions.run({ label: 'report' }, (tx) =>
          tx.query(`SELECT pg_sleep($1), 'hunter2' AS secret, 4711 AS n`, [0.15]),
        );
        await dataSource.query('SELECT pg_sleep(0.15)');
        const failing = sessions.run({ statementTimeout: 150 }, (tx) => tx.query('SELECT pg_sleep(9)'));
        await rejection(failing);
        expect(events.map(({ type, statement, label, failed }) => [type, statement, label, failed])).toEqual([
          ['session.query.slow', 'SELECT', 'report', false],
          ['session.query.slow', 'SELECT', undefined, false],
          ['session.query.slow', 'SELECT', undefined, true],
        ]);
        expect(events[0]?.['text']).toBe(expected);
        expect(Number(events[0]?.['took'])).toBeGreaterThanOrEqual(100);
        expect(JSON.stringify(events)).not.toMatch(/hunter2|4711/);
      },
      { sessions: { slowQueries: { after: 100, text } } },
    ),
  );
});
