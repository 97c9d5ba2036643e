import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { type CircuitBreaker, ResourceRegistry } from '@nestjs-resources/core';
import { PooledDataSourceFactory, pooledSession } from '@nestjs-resources/typeorm';
import { freePort } from '../../support/postgres-server.js';
import { countBackends, eventually, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

/** What Uno's database layer promised and did not keep. */
describeWithPostgres('the database layer', (server) => {
  const options = (more: object = {}) =>
    ({ type: 'postgres', url: server().url, poolSize: 3, applicationName: 'traps', ...more }) as const;

  it('B-DB-1, B-DB-2: a pooled session can be opened and used', () =>
    withOurs(options(), async ({ sessions }) => {
      await using session = pooledSession(sessions);
      expect(await session.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    }));

  it('B-DB-3, B-DB-6: the breaker counts what can fail, and nothing else', () =>
    withOurs(options(), async ({ sessions, factory }) => {
      const breaker = factory.registry.get<CircuitBreaker>('database.breaker');
      await sessions.open().close();
      await expect(sessions.run((tx) => tx.query('SELECT nonsense'))).rejects.toThrow();
      expect(breaker.getMetrics().totalFailures).toBe(0);
      const dead = await freePort();
      const refused = factory.createPool({ ...options(), name: 'dead', url: `postgres://u@127.0.0.1:${dead}/x` });
      const pool = await refused;
      await expect(pool.acquire({ timeout: 2_000 })).rejects.toThrow();
      expect(factory.registry.get<CircuitBreaker>('dead.breaker').getMetrics().totalFailures).toBeGreaterThan(0);
    }));

  it('B-DB-4: what fails to open leaves nothing behind, and its name is free again', async () => {
    const registry = new ResourceRegistry();
    await using factory = new PooledDataSourceFactory({ registry });
    const dead = `postgres://u@127.0.0.1:${await freePort()}/x`;
    await expect(factory.createSessionFactory(options({ url: dead }))).rejects.toThrow();
    expect(registry.list()).toEqual([]);
    const sessions = await factory.createSessionFactory(options());
    expect(await sessions.run((tx) => tx.query('SELECT 1 AS x'))).toEqual([{ x: 1 }]);
    await expect(factory.createSessionFactory(options())).rejects.toThrow(/database/);
    expect(await sessions.run((tx) => tx.query('SELECT 2 AS x'))).toEqual([{ x: 2 }]);
  });

  it('B-DB-5: every connection that was taken is given back', () =>
    withOurs(options(), async ({ sessions, pool }) => {
      await Promise.all(Array.from({ length: 100 }, () => sessions.run((tx) => tx.query('SELECT 1'))));
      expect(pool.leased).toBe(0);
    }));

  it('B-DB-7: validation finds good connections good', () =>
    withOurs(options({ pool: { validation: { ifIdleFor: 0 } } }), async ({ sessions, pool }) => {
      for (let n = 0; n < 5; n++) await sessions.run((tx) => tx.query('SELECT 1'));
      expect(pool.getMetrics()).toMatchObject({ validationFailures: 0, created: 1 });
    }));

  it('B-DB-8: an open circuit refuses at once', () =>
    withOurs(options(), async ({ sessions, pool, factory }) => {
      await pool.evict();
      factory.registry.get<CircuitBreaker>('database.breaker').setMode('forced_open', { reason: 'test' });
      const begun = Date.now();
      await expect(sessions.run((tx) => tx.query('SELECT 1'))).rejects.toThrow();
      expect(Date.now() - begun).toBeLessThan(500);
    }));

  it('B-DB-10: two pools are two pools, whatever they have in common', async () => {
    await using factory = new PooledDataSourceFactory();
    const { pools, failures } = await factory.createDatabasePools({
      small: options({ pool: { maxSize: 1 } }),
      large: options({ pool: { maxSize: 7 } }),
      wrong: options({ url: 'not a url' }),
    });
    expect([...pools].map(([role, pool]) => [role, pool.getMetrics().maxSize])).toEqual([
      ['small', 1],
      ['large', 7],
    ]);
    expect([...failures.keys()]).toEqual(['wrong']);
    const rows = await pools.get('small')?.use((client) => client.query('SELECT 1 AS x'));
    expect(rows?.rows).toEqual([{ x: 1 }]);
  });

  it('B-DB-11: the time to wait for a connection does not limit what is done with it', () =>
    withOurs(options(), async ({ sessions }) => {
      await sessions.run({ acquireTimeout: 50 }, async (tx) => {
        await tx.query('SELECT 1');
        await delay(100);
        await tx.query('SELECT pg_sleep(0.1)');
      });
    }));

  it('B-DB-15: maxSize bounds the connections there are', () =>
    withOurs(options(), async ({ sessions }) => {
      const busy = Array.from({ length: 30 }, () => sessions.run((tx) => tx.query('SELECT pg_sleep(0.02)')));
      let most = 0;
      for (let n = 0; n < 5; n++) most = Math.max(most, await countBackends(server().url, 'traps'));
      await Promise.all(busy);
      expect(most).toBeLessThanOrEqual(3);
    }));

  it('B-DB-16: closing the factory leaves nothing in the registry, nor on the server', async () => {
    const registry = new ResourceRegistry();
    const factory = new PooledDataSourceFactory({ registry });
    const sessions = await factory.createSessionFactory(options());
    await sessions.run((tx) => tx.query('SELECT 1'));
    await factory.close();
    expect(registry.list()).toEqual([]);
    const left = await eventually(
      () => countBackends(server().url, 'traps'),
      (n) => n === 0,
    );
    expect(left).toBe(0);
  });
});
