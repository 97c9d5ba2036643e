import { describe, expect, it } from '@jest/globals';
import type { Lease } from '@nestjs-resources/core';
import { type AcquireContext, withAcquireContext } from './acquire-context.js';
import type { DatabaseServer } from './database-server.js';
import type { MysqlConnection } from './mysql.connection.js';
import { MysqlPool, MysqlPoolCluster } from './mysql.pool.js';

/** A server that lends one connection, at once or later. */
class Server {
  readonly log: string[] = [];
  exhausted = false;

  constructor(readonly name = 'server') {}

  reconnect(): void {}

  tryAcquire(label: string | undefined): Lease<object> | undefined {
    return this.exhausted ? undefined : this.lend(label);
  }

  async acquire(context?: AcquireContext): Promise<Lease<object>> {
    this.log.push(`waits ${context?.timeout} ms`);
    return this.lend(context?.label);
  }

  async disconnect(): Promise<void> {
    this.log.push('disconnected');
  }

  private lend(label: string | undefined): Lease<object> {
    this.log.push(`lent for ${label}`);
    const connection = {
      name: this.name,
      query: (text: string, done?: (error?: unknown, result?: unknown) => void) => {
        this.log.push(text);
        done?.(undefined, {});
      },
    };
    return {
      resource: connection,
      release: () => this.log.push('released'),
      destroy: () => this.log.push('destroyed'),
    } as unknown as Lease<object>;
  }
}

const poolOf = (server: Server): MysqlPool => new MysqlPool(server as unknown as DatabaseServer<MysqlConnection>);

/** What TypeORM uses of a connection that it was lent. */
type Lent = MysqlConnection & { release(): void; readonly name: string };

const take = (from: { getConnection: MysqlPool['getConnection'] }): Promise<Lent> =>
  new Promise((resolve, reject) => {
    from.getConnection((error, connection) => (error ? reject(error as Error) : resolve(connection as Lent)));
  });

describe('what mysql2 calls a pool', () => {
  it.each([
    ['release', 'released'],
    ['destroy', 'destroyed'],
  ] as const)('lends a connection for one lease: after %s it is refused', async (end, ended) => {
    const server = new Server();
    const connection = await take(poolOf(server));
    await connection.promise().query('SELECT 1');
    connection[end]();
    expect(() => connection.promise().query('SELECT 2')).toThrow(/given back already/);
    expect(() => connection.query('SELECT 2')).toThrow(/given back already/);
    expect(server.log).toEqual(['lent for undefined', 'SELECT 1', ended]);
  });

  it('waits as the context says', async () => {
    const server = new Server();
    server.exhausted = true;
    await withAcquireContext({ timeout: 5, label: 'report' }, () => take(poolOf(server)));
    expect(server.log).toEqual(['waits 5 ms', 'lent for report']);
  });
});

describe('what mysql2 calls a cluster', () => {
  const cluster = (): { cluster: MysqlPoolCluster; servers: Server[] } => {
    const servers: Server[] = [];
    const made = new MysqlPoolCluster((options) => {
      const server = new Server((options as { name: string }).name);
      servers.push(server);
      return poolOf(server);
    });
    for (const name of ['MASTER', 'SLAVE1', 'SLAVE2']) made.add(name, { name });
    return { cluster: made, servers };
  };
  const from = (made: MysqlPoolCluster, pattern: string): Promise<Lent> =>
    take({ getConnection: (callback) => made.getConnection(pattern, callback) });

  it('finds pools by their name, or by its beginning', async () => {
    const { cluster: made } = cluster();
    expect((await from(made, 'MASTER')).name).toBe('MASTER');
    for (let n = 0; n < 20; n++) expect((await from(made, 'SLAVE*')).name).toMatch(/^SLAVE[12]$/);
    await expect(from(made, 'SLAVE')).rejects.toThrow(/no pool 'SLAVE'/);
  });

  it('has ended when all its pools have', async () => {
    const { cluster: made, servers } = cluster();
    await new Promise<void>((resolve) => made.end(() => resolve()));
    expect(servers.map(({ log }) => log)).toEqual([['disconnected'], ['disconnected'], ['disconnected']]);
    await new Promise<void>((resolve) => new MysqlPoolCluster(() => poolOf(new Server())).end(() => resolve()));
  });
});
