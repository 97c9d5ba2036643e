import { expect, it } from '@jest/globals';
import type { CircuitBreaker } from '@nestjs-resources/core';
import { PooledDataSourceFactory } from '@nestjs-resources/typeorm';
import { withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

describeWithPostgres(
  'a server that refuses',
  (server) => {
    it('more connections than it has is served with those it gives', () =>
      withOurs({ type: 'postgres', url: server().url, pool: { maxSize: 20 } }, async ({ dataSource, pool }) => {
        const busy = Array.from({ length: 60 }, (_, n) => dataSource.query('SELECT $1::int AS n, pg_sleep(0.02)', [n]));
        const answers = await Promise.all(busy);
        expect(answers.map(([row]) => row.n)).toEqual(Array.from({ length: 60 }, (_, n) => n));
        expect(pool.size).toBeLessThanOrEqual(8);
        expect(pool.getMetrics().createFailures).toBeGreaterThan(0);
      }));

    it('a wrong password is told at once, without the password, and not held against the server', async () => {
      await using factory = new PooledDataSourceFactory();
      const url = server().url.replace(server().password, 'hunter2');
      const begun = Date.now();
      const started = factory.createSessionFactory({ type: 'postgres', url, name: 'locked' });
      const error: unknown = await started.catch((reason: unknown) => reason);
      expect(Date.now() - begun).toBeLessThan(3_000);
      const text = messages(error);
      expect(text).toMatch(/password authentication failed/);
      expect(text).not.toContain('hunter2');
      const pool = await factory.createPool({ type: 'postgres', url, name: 'locked' });
      await expect(pool.acquire()).rejects.toThrow(/password authentication failed/);
      expect(factory.registry.get<CircuitBreaker>('locked.breaker').state).toBe('closed');
    });
  },
  { settings: ['max_connections=8'] },
);

/** An error's message and those of its causes. */
function messages(error: unknown): string {
  const { message = '', cause } = (error ?? {}) as { message?: string; cause?: unknown };
  return cause === undefined ? message : `${message} ${messages(cause)}`;
}
