import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { type CircuitBreaker } from '@nestjs-resources/core';
import { eventually, type Ours, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

/** What Uno's sessions promised and did not keep. */
describeWithPostgres('the sessions', (server) => {
  const within = <R>(work: (ours: Ours) => Promise<R>, more: object = {}): Promise<R> =>
    withOurs({ type: 'postgres', url: server().url, poolSize: 2, ...more }, work);

  it('B-DB-9: the scoped form of a session gives it, and ends it', () =>
    within(async ({ sessions, pool }) => {
      expect(await sessions.run((tx) => tx.query('SELECT 1 AS x'))).toEqual([{ x: 1 }]);
      let kept;
      {
        await using session = sessions.open();
        kept = session;
        await session.query('SELECT 1');
      }
      expect(kept.isClosed).toBe(true);
      expect(pool.leased).toBe(0);
    }));

  it('B-DB-12: the limit is of sessions, not of their beginnings', () =>
    within(
      async ({ sessions }) => {
        let most = 0;
        const one = async (): Promise<void> => {
          await using session = sessions.open();
          await session.query('SELECT 1');
          most = Math.max(most, ++using);
          await delay(50);
          using--;
        };
        let using = 0;
        await Promise.all(Array.from({ length: 12 }, one));
        expect(most).toBeLessThanOrEqual(3);
        expect(most).toBeGreaterThan(1);
        expect(sessions.getMetrics()).toMatchObject({ active: 0, opened: 12, waiting: 0 });
      },
      { poolSize: 5, sessions: { limit: 3 } },
    ));

  it('B-DB-13: closed twice, or by its group and by hand, it counts once', () =>
    within(async ({ sessions }) => {
      const group = sessions.group();
      const session = group.createSession();
      await session.query('SELECT 1');
      await session.close();
      await session.close();
      await group.close();
      await session.close();
      expect(sessions.getMetrics()).toMatchObject({ active: 0, opened: 1 });
    }));

  it('B-DB-13: a close that cannot roll back ends the session all the same', () =>
    within(async ({ sessions, pool }) => {
      const session = sessions.open();
      await session.queryRunner.startTransaction();
      await session.query('SELECT 1');
      server().pause();
      const closing = session.close();
      await delay(100);
      server().resume();
      await closing;
      expect(sessions.getMetrics().active).toBe(0);
      expect(pool.leased).toBe(0);
    }));

  it('B-DB-14: a session of a scope uses the pool, and ends with its scope', () =>
    within(async ({ sessions, pool }) => {
      const seen = await sessions.run(async (tx) => {
        await tx.query('SELECT 1');
        return [sessions.current()?.isLeased, pool.leased];
      });
      expect(seen).toEqual([true, 1]);
      expect(sessions.current()).toBeUndefined();
      expect([pool.leased, sessions.getMetrics().active]).toEqual([0, 0]);
    }));

  it('B-DB-17, B-DB-18: a transaction that is tried again holds no connection while it pauses', () =>
    within(
      async ({ sessions, pool }) => {
        const moments: { type: string; at: number }[] = [];
        pool.observe(({ type }) => void moments.push({ type, at: performance.now() }), { leases: true });
        let attempts = 0;
        const work = sessions.transaction(
          { retry: { attempts: 3, delay: { initial: 100, max: 100, jitter: 0, factor: 1 } } },
          async (tx) => {
            await tx.query('SELECT 1');
            if (++attempts === 3) return 'done';
            return tx.query(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`);
          },
        );
        expect(await work).toBe('done');
        expect(attempts).toBe(3);
        const [, first, second, third, fourth] = moments.filter(({ type }) => /acquired|released/.test(type));
        expect([first?.type, second?.type]).toEqual(['pool.released', 'pool.acquired']);
        for (const [given, taken] of [
          [first, second],
          [third, fourth],
        ]) {
          expect((taken?.at ?? 0) - (given?.at ?? 0)).toBeGreaterThan(90);
        }
      },
      { poolSize: 1 },
    ));

  it('a loop without a pause against an open breaker leaves the process alive, and the breaker closes', () =>
    within(
      async ({ sessions, pool, factory }) => {
        const breaker = factory.registry.get<CircuitBreaker>('database.breaker');
        await pool.evict();
        breaker.setMode('forced_open', { reason: 'test' });
        setTimeout(() => breaker.setMode('auto', { reason: 'test' }), 50);
        let answer: unknown;
        let refused = 0;
        while (answer === undefined)
          answer = await sessions.run((tx) => tx.query('SELECT 1 AS x')).catch(() => void refused++);
        expect(answer).toEqual([{ x: 1 }]);
        expect(refused).toBeGreaterThan(100);
        await eventually(
          () => pool.leased,
          (leased) => leased === 0,
        );
      },
      { breaker: { recoveryTimeout: 20 } },
    ));
});
