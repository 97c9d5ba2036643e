import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it } from '@jest/globals';
import { PartialCommitError, type SessionFactory } from '@nestjs-resources/typeorm';
import type { EntityManager } from 'typeorm';
import { ask, eventually, type Ours, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

describeWithPostgres('an operation group', (server) => {
  const within = (work: (ours: Ours) => Promise<void>, poolSize = 4): Promise<void> =>
    withOurs({ type: 'postgres', url: server().url, poolSize, applicationName: 'group' }, work);
  const notes = async (): Promise<string[]> => {
    const rows = await ask<{ text: string }>(server().url, 'SELECT text FROM notes ORDER BY text');
    return rows.map(({ text }) => text);
  };
  const note = (text: string) => (tx: EntityManager) => tx.query('INSERT INTO notes VALUES ($1)', [text]);
  const fail = (): never => {
    throw new Error('no');
  };

  beforeEach(async () => {
    await ask(server().url, 'DROP TABLE IF EXISTS notes');
    await ask(server().url, `CREATE TABLE notes (text varchar PRIMARY KEY)`);
  });

  it('runs operations of a transaction in order, and keeps all or none of them', () =>
    within(async ({ sessions }) => {
      await using group = sessions.group();
      const session = group.createSession();
      const seen: unknown[] = [];
      const results = await group.runInTransaction(session, [
        () => 1,
        (_tx, _session, before) => {
          seen.push(...before);
          return 2;
        },
        async (tx) => {
          await note('kept')(tx);
          return 3;
        },
      ]);
      expect([results, seen]).toEqual([[1, 2, 3], [1]]);
      await expect(group.runInTransaction(session, [note('undone'), fail])).rejects.toThrow('no');
      expect(await notes()).toEqual(['kept']);
    }));

  it('B-OG-1: begins operations at once, not one when the other has ended', () =>
    within(async ({ sessions }) => {
      await using group = sessions.group();
      const log: string[] = [];
      const operation = (name: string) => async (): Promise<void> => {
        log.push(`${name} begins`);
        await delay(20);
        log.push(`${name} ends`);
      };
      const first = group.runOperation(group.createSession(), operation('a'));
      const second = group.runOperation(group.createSession(), operation('b'));
      await Promise.all([first, second]);
      expect(log.slice(0, 2)).toEqual(['a begins', 'b begins']);
    }));

  it('B-OG-2: closes its sessions after its operations have ended', () =>
    within(async ({ sessions, pool }) => {
      const group = sessions.group();
      const session = group.createSession();
      void group.runOperation(session, async (tx) => {
        await delay(20);
        await note('kept')(tx);
      });
      await group.close();
      expect(session.isClosed).toBe(true);
      expect(await notes()).toEqual(['kept']);
      expect(pool.leased).toBe(0);
    }));

  it('B-OG-3: does not tell again a failure that somebody has handled, nor end others because of it', () =>
    within(async ({ sessions }) => {
      const group = sessions.group();
      const other = group.runOperation(group.createSession(), async (tx) => {
        await delay(20);
        await note('kept')(tx);
      });
      await expect(group.runOperation(group.createSession(), fail)).rejects.toThrow('no');
      await expect(group.close()).resolves.toBeUndefined();
      await other;
      expect(await notes()).toEqual(['kept']);
    }));

  it('tells at its end a failure that nobody has looked at', () =>
    within(async ({ sessions }) => {
      const group = sessions.group();
      void group.runOperation(group.createSession(), fail);
      await expect(group.close()).rejects.toMatchObject({ name: 'AggregateError', message: 'no' });
    }));

  it('B-OG-4: takes any function, named or not', () =>
    within(async ({ sessions }) => {
      await using group = sessions.group();
      const bound = function (this: number): number {
        return this;
      }.bind(7);
      expect(await group.runOperation(group.createSession(), () => bound())).toBe(7);
    }));

  it('B-OG-5: runs a transaction within one as a savepoint', () =>
    within(async ({ sessions }) => {
      await using group = sessions.group();
      const session = group.createSession();
      await session.transaction(async (tx) => {
        await note('kept')(tx);
        await group.runInTransaction(session, [note('undone'), fail]).catch(() => 'expected');
      });
      expect(await notes()).toEqual(['kept']);
    }));

  it('B-OG-6: runs many at once within its limit, and gives their results in order', () =>
    within(async ({ sessions, pool }) => {
      await using group = sessions.group({ concurrency: 2 });
      let most = 0;
      const operations = Array.from({ length: 8 }, (_, n) => async (tx: EntityManager) => {
        await tx.query('SELECT pg_sleep($1)', [(8 - n) / 1_000]);
        most = Math.max(most, pool.leased);
        return n;
      });
      expect(await group.runConcurrently(operations)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(most).toBeLessThanOrEqual(2);
    }));

  it('cancels the others on the server when one fails', () =>
    within(async ({ sessions }) => {
      await using group = sessions.group();
      const sleep = (tx: EntityManager): Promise<unknown> => tx.query('SELECT pg_sleep(10)');
      const begun = Date.now();
      const running = group.runConcurrently<unknown>([sleep, sleep, () => delay(100).then(fail)]);
      const error = await running.catch((reason: unknown) => reason as AggregateError);
      expect(Date.now() - begun).toBeLessThan(3_000);
      expect((error as AggregateError).errors).toHaveLength(3);
      expect((error as AggregateError).errors[0]).toMatchObject({ message: 'no' });
      expect(
        await ask(server().url, `SELECT 1 FROM pg_stat_activity WHERE application_name = 'group' AND state = 'active'`),
      ).toEqual([]);
    }));

  it('lets the others end when one fails, if it is told to settle', () =>
    within(async ({ sessions }) => {
      await using group = sessions.group();
      const running = group.runConcurrently<unknown>([fail, (tx) => note('kept')(tx)], { onError: 'settle' });
      await expect(running).rejects.toThrow('no');
      expect(await notes()).toEqual(['kept']);
    }));

  it('keeps the work of several sessions, or nothing', () =>
    within(async ({ sessions, pool }) => {
      await using group = sessions.group();
      const [one, two] = [group.createSession(), group.createSession()];
      await group.atomic<unknown>([
        [one, note('a')],
        [two, note('b')],
      ]);
      const failing = group.atomic<unknown>([
        [one, note('c')],
        [two, fail],
      ]);
      await expect(failing).rejects.toThrow('no');
      expect(await notes()).toEqual(['a', 'b']);
      expect(pool.leased).toBe(0);
      await expect(
        group.atomic([
          [one, fail],
          [one, fail],
        ]),
      ).rejects.toThrow(/a session of its own/);
    }));

  it('says honestly what is kept when a commit fails after another has succeeded', () =>
    within(async ({ sessions }) => {
      await ask(
        server().url,
        `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$`,
      );
      await ask(
        server().url,
        `CREATE CONSTRAINT TRIGGER late AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW WHEN (NEW.text = 'refused') EXECUTE FUNCTION refuse()`,
      );
      await using group = sessions.group();
      const parts = ['a', 'refused', 'c'].map((text) => [group.createSession(), note(text)] as const);
      const error: unknown = await group.atomic<unknown>(parts).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PartialCommitError);
      expect(error).toMatchObject({ committed: [0], rolledBack: [1, 2], unknown: [] });
      expect((error as { cause: { driverError: { code: string } } }).cause.driverError.code).toBe('53100');
      expect(await notes()).toEqual(['a']);
    }));

  it('takes several connections so that no two groups wait for each other', () =>
    within(async ({ sessions }) => {
      const both = async (factory: SessionFactory, name: string): Promise<void> => {
        await using group = factory.group();
        const parts = [1, 2].map((n) => [group.createSession({ acquireTimeout: 3_000 }), note(`${name}${n}`)] as const);
        await group.atomic<unknown>(parts);
      };
      await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => both(sessions, name)));
      expect(await notes()).toHaveLength(10);
    }, 2));

  it('takes connections of several databases so that no two groups wait for each other', async () => {
    const options = (name: string) => ({ type: 'postgres', url: server().url, poolSize: 1, name }) as const;
    await withOurs(options('one'), (one) =>
      withOurs(options('two'), async (two) => {
        const both = async (first: SessionFactory, second: SessionFactory, name: string): Promise<void> => {
          await using group = first.group();
          const sessions = [first, second].map((factory) =>
            group.createSession({ sessions: factory, acquireTimeout: 3_000 }),
          );
          await group.atomic<unknown>(sessions.map((session, n) => [session, note(`${name}${n}`)] as const));
        };
        const all = Array.from({ length: 6 }, (_, n) =>
          n % 2 ? both(one.sessions, two.sessions, `${n}`) : both(two.sessions, one.sessions, `${n}`),
        );
        await Promise.all(all);
        expect(await notes()).toHaveLength(12);
      }),
    );
  });

  it('refuses at once what needs more connections than there are', () =>
    within(async ({ sessions, pool }) => {
      await using group = sessions.group();
      const parts = [1, 2, 3].map((n) => [group.createSession(), note(`${n}`)] as const);
      await expect(group.atomic<unknown>(parts)).rejects.toMatchObject({
        code: 'NOT_ENOUGH_CONNECTIONS',
        needed: 3,
        maxSize: 2,
      });
      expect(pool.getMetrics()).toMatchObject({ leased: 0, waiting: 0 });
    }, 2));

  it('goes on to commit once a part is committed, whatever its signal says', () =>
    within(async ({ sessions }) => {
      await ask(
        server().url,
        `CREATE OR REPLACE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$`,
      );
      await ask(
        server().url,
        `CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW WHEN (NEW.text = 'slow') EXECUTE FUNCTION wait()`,
      );
      const gone = new AbortController();
      await using group = sessions.group({ signal: gone.signal });
      const done = group.atomic<unknown>(
        ['slow', 'b', 'c'].map((text) => [group.createSession(), note(text)] as const),
      );
      const committing = `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = 'COMMIT'`;
      await eventually(
        () => ask(server().url, committing),
        (rows) => rows.length > 0,
      );
      gone.abort(new Error('gone'));
      await done;
      expect(await notes()).toEqual(['b', 'c', 'slow']);
    }));

  it('keeps nothing if its signal says so before the first commit', () =>
    within(async ({ sessions }) => {
      const gone = new AbortController();
      await using group = sessions.group({ signal: gone.signal });
      const parts = ['a', 'b'].map((text) => [group.createSession(), note(text)] as const);
      const last = [group.createSession(), () => gone.abort(new Error('gone'))] as const;
      await expect(group.atomic<unknown>([...parts, last])).rejects.toThrow('gone');
      expect(await notes()).toEqual([]);
    }));

  it('awaits what nobody has awaited before it closes its sessions', () =>
    within(async ({ sessions, pool }) => {
      const group = sessions.group();
      const slowly = (text: string) => async (tx: EntityManager) => {
        await delay(20);
        await note(text)(tx);
      };
      void group.runInTransaction(group.createSession(), [slowly('a'), slowly('b')]);
      void group.runConcurrently([slowly('c')]);
      void group.atomic([[group.createSession(), slowly('d')]]);
      await group.close();
      expect(await notes()).toEqual(['a', 'b', 'c', 'd']);
      expect(pool.leased).toBe(0);
    }));

  it('B-OG-7: takes sessions as long as it is open, and knows when it is not', () =>
    within(async ({ sessions }) => {
      const group = sessions.group();
      const mine = sessions.open();
      expect(await group.runOperation(group.createSession(), () => 1)).toBe(1);
      expect(await group.runOperation(mine, () => 2)).toBe(2);
      await group.close();
      expect(mine.isClosed).toBe(false);
      await mine.close();
      expect(() => group.createSession()).toThrow(/has ended/);
      await expect(group.runConcurrently([() => 1])).rejects.toMatchObject({ code: 'GROUP_CLOSED' });
      await group.close();
      expect(sessions.getMetrics().active).toBe(0);
    }));
});
