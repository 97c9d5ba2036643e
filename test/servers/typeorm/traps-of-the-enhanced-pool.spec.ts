import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { type CircuitBreaker, ResourceRegistry } from '@nestjs-resources/core';
import { PooledDataSourceFactory } from '@nestjs-resources/typeorm';
import { freePort } from '../../support/postgres-server.js';
import { ask, countBackends, eventually, withOurs } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

const APPLICATION = 'enhanced';

/** What Uno's second pool, the "enhanced" one, promised and did not keep. */
describeWithPostgres('the pool below a database', (server) => {
  const options = (more: object = {}) =>
    ({ type: 'postgres', url: server().url, poolSize: 5, applicationName: APPLICATION, ...more }) as const;
  const backends = (right: (n: number) => boolean): Promise<number> =>
    eventually(() => countBackends(server().url, APPLICATION), right);
  const unreachable = async (): Promise<string> => `postgres://u@127.0.0.1:${await freePort()}/x`;

  it('B-E-1: closing it closes every connection', async () => {
    const factory = new PooledDataSourceFactory();
    const pool = await factory.createPool(options({ pool: { minSize: 5, maxSize: 5 } }));
    expect(await backends((n) => n === 5)).toBe(5);
    await factory.close();
    expect(pool.size).toBe(0);
    expect(await backends((n) => n === 0)).toBe(0);
  });

  it('B-E-2, B-E-7, B-E-9: as many as may be are made, each is lent to one, and the figures say so', () =>
    withOurs(options({ pool: { maxSize: 2 } }), async ({ pool }) => {
      const leases = await Promise.all([pool.acquire(), pool.acquire()]);
      const more = Array.from({ length: 4 }, () => pool.acquire());
      expect(new Set(leases.map(({ resource }) => resource)).size).toBe(2);
      expect(await countBackends(server().url, APPLICATION)).toBe(2);
      expect(pool.getMetrics()).toMatchObject({ size: 2, leased: 2, idle: 0, waiting: 4 });
      for (const lease of leases) lease.release();
      for (const next of more) (await next).release();
      expect(pool.getMetrics()).toMatchObject({ size: 2, leased: 0, idle: 2, waiting: 0 });
    }));

  it('B-E-5: a creation that takes too long is a failure, and nothing is stored in its place', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    await using factory = new PooledDataSourceFactory();
    const url = `postgres://u@127.0.0.1:${(silent.address() as AddressInfo).port}/x`;
    const pool = await factory.createPool(options({ url, name: 'silent', pool: { timeouts: { create: 100 } } }));
    await expect(pool.acquire({ timeout: 1_000 })).rejects.toThrow();
    expect(pool.getMetrics()).toMatchObject({ idle: 0, leased: 0 });
    expect(factory.registry.get<CircuitBreaker>('silent.breaker').getMetrics().totalFailures).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('B-E-4, B-E-6: while the server is away the process goes on, and the breaker opens', async () => {
    await using factory = new PooledDataSourceFactory();
    const breaker = { failureThreshold: 3 };
    const pool = await factory.createPool(options({ url: await unreachable(), name: 'away', breaker }));
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    await expect(pool.acquire({ timeout: 500 })).rejects.toThrow();
    await eventually(
      () => pool.acquire({ timeout: 200 }).catch(() => factory.registry.get<CircuitBreaker>('away.breaker').state),
      (state) => state === 'open',
    );
    const until = performance.now() + 500;
    while (performance.now() < until) await pool.acquire({ timeout: 50 }).catch(() => 'refused');
    clearInterval(ticking);
    expect(factory.registry.get<CircuitBreaker>('away.breaker').state).toBe('open');
    expect(ticks).toBeGreaterThan(2);
  });

  it('B-E-8: what is released twice has one next holder', () =>
    withOurs(options({ pool: { maxSize: 1 } }), async ({ pool }) => {
      const first = await pool.acquire();
      first.release();
      const second = await pool.acquire();
      first.release();
      expect(pool.tryAcquire()).toBeUndefined();
      second.release();
      expect(pool.leased).toBe(0);
    }));

  it('B-E-10: what has been closed is not registered, and its name can be had again', async () => {
    const registry = new ResourceRegistry();
    for (let n = 0; n < 2; n++) {
      const factory = new PooledDataSourceFactory({ registry });
      const pool = await factory.createPool(options({ name: 'again' }));
      expect((await pool.use((client) => client.query('SELECT 1 AS x'))).rows).toEqual([{ x: 1 }]);
      await factory.close();
      expect(registry.list()).toEqual([]);
    }
  });

  it('B-E-11, B-E-20: a start that failed says so, and can be tried again', async () => {
    await using factory = new PooledDataSourceFactory();
    await expect(factory.createSessionFactory(options({ url: await unreachable() }))).rejects.toThrow(/did not start/);
    const sessions = await factory.createSessionFactory(options());
    expect(await sessions.run((tx) => tx.query('SELECT 1 AS x'))).toEqual([{ x: 1 }]);
  });

  it('B-E-12: what is evicted while it is lent can still be given back, and hides no error of its holder', () =>
    withOurs(options(), async ({ pool }) => {
      const failing = pool.use(async () => {
        await pool.evict();
        throw new Error('of the holder');
      });
      await expect(failing).rejects.toThrow('of the holder');
      expect(pool.leased).toBe(0);
    }));

  it('B-E-14: the acquire timeout is the one that was said, once', () =>
    withOurs(options({ pool: { maxSize: 1, acquireTimeout: 150 } }), async ({ pool, dataSource }) => {
      const lease = await pool.acquire();
      const began = performance.now();
      await expect(dataSource.query('SELECT 1')).rejects.toMatchObject({ code: 'POOL_TIMEOUT' });
      expect(performance.now() - began).toBeLessThan(1_500);
      lease.release();
    }));

  it('B-E-15: a wait that is given up loses no connection', () =>
    withOurs(options({ pool: { maxSize: 1 } }), async ({ pool }) => {
      for (let n = 0; n < 50; n++) {
        const lease = await pool.acquire();
        const end = new AbortController();
        const waiting = pool.acquire({ signal: end.signal });
        if (n % 2 === 0) lease.release();
        end.abort(new Error('given up'));
        if (n % 2 === 1) lease.release();
        await waiting.then(
          (got) => got.release(),
          () => 'given up',
        );
      }
      expect(pool.getMetrics()).toMatchObject({ leased: 0, size: 1, waiting: 0 });
    }));

  it('B-E-17, B-E-25: asking for health takes no connection', () =>
    withOurs(options(), async ({ pool, factory }) => {
      const before = pool.getMetrics();
      for (let n = 0; n < 20; n++) factory.registry.get<typeof pool>('database.pool').check();
      const { acquired, created } = pool.getMetrics();
      expect({ acquired, created }).toEqual({ acquired: before.acquired, created: before.created });
    }));

  it('B-E-19: a password may be made of anything', async () => {
    const password = `p%40s/ :@?#'"é`;
    await ask(server().url, `CREATE ROLE odd LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
    const who = 'SELECT current_user AS who';
    const { port } = server();
    const url = `postgres://odd:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
    const fields = { url: undefined, host: '127.0.0.1', port, username: 'odd', password, database: 'postgres' };
    for (const place of [{ url }, fields, { ...fields, password: () => Promise.resolve(password) }])
      await withOurs(options(place) as Parameters<typeof withOurs>[0], async ({ dataSource, sessions }) => {
        expect(await dataSource.query(who)).toEqual([{ who: 'odd' }]);
        expect(await sessions.run((tx) => tx.query(who))).toEqual([{ who: 'odd' }]);
      });
  });

  it('B-E-21, B-E-22: databases are made by themselves; of two of one name at once one is refused', async () => {
    await using factory = new PooledDataSourceFactory();
    const both = await Promise.allSettled([1, 2].map(() => factory.createSessionFactory(options({ name: 'twin' }))));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [sessions] = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(await sessions?.run((tx) => tx.query('SELECT 1 AS x'))).toEqual([{ x: 1 }]);
  });

  it('B-E-23: an option that does nothing is refused', async () => {
    await using factory = new PooledDataSourceFactory();
    const wrong = options({ pool: { minSessions: 1 }, sessions: { maxSessions: 1 } });
    await expect(factory.createSessionFactory(wrong)).rejects.toThrow(
      /sessions\.maxSessions: is not.*pool\.minSessions: is not/s,
    );
  });

  it('B-DB-9: a connection can be had for the time of some work', async () => {
    await using factory = new PooledDataSourceFactory();
    const pool = await factory.createPool(options());
    expect((await pool.use((client) => client.query('SELECT 1 AS x'))).rows).toEqual([{ x: 1 }]);
    expect(pool.leased).toBe(0);
  });

  it('B-DB-12, B-DB-13: the limit holds until a session is closed, which counts once', () =>
    withOurs(options({ sessions: { limit: 1 } }), async ({ sessions }) => {
      const first = sessions.open();
      await first.query('SELECT 1');
      let served = false;
      const second = sessions.run((tx) => tx.query('SELECT 1')).then(() => (served = true));
      await delay(50);
      expect(served).toBe(false);
      await first.close();
      await first.close();
      await second;
      expect(sessions.getMetrics().active).toBe(0);
    }));

  it('B-DB-14: the session of some work ends with it', () =>
    withOurs(options(), async ({ sessions, pool }) => {
      const session = await sessions.run(async (tx) => {
        await tx.query('SELECT 1');
        return sessions.current();
      });
      expect([session?.isClosed, sessions.current(), pool.leased]).toEqual([true, undefined, 0]);
    }));

  it('B-DB-17, B-DB-18: a transaction is tried again, and holds nothing while it pauses', () =>
    withOurs(options({ pool: { maxSize: 1 } }), async ({ sessions, dataSource }) => {
      let attempts = 0;
      const retry = { attempts: 2, delay: 1_500 };
      const done = sessions.transaction({ retry }, async (tx) => {
        await tx.query('SELECT 1');
        if (++attempts === 1) await tx.query(`DO $$ BEGIN RAISE 'conflict' USING ERRCODE = '40001'; END $$`);
      });
      await eventually(
        () => attempts,
        (n) => n === 1,
      );
      expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
      expect(attempts).toBe(1);
      await done;
      expect(attempts).toBe(2);
    }));

  it('B-L-5: pools and session factories of one registry live side by side, and twice is refused without harm', async () => {
    const registry = new ResourceRegistry();
    await using factory = new PooledDataSourceFactory({ registry });
    const roles = { reader: options(), writer: options() };
    expect((await factory.createDatabasePools(roles)).failures.size).toBe(0);
    const sessions = await factory.createSessionFactory(options());
    const { pools, failures } = await factory.createDatabasePools(roles);
    expect([pools.size, [...failures.keys()].sort()]).toEqual([0, ['reader', 'writer']]);
    expect(await sessions.run((tx) => tx.query('SELECT 1 AS x'))).toEqual([{ x: 1 }]);
    expect(registry.list().filter(({ kind }) => kind === 'pool')).toHaveLength(3);
  });
});
