import type { Lease } from '@nestjs-resources/core';
import { currentAcquireContext } from './acquire-context.js';
import type { DatabaseServer } from './database-server.js';
import { markMysqlDirty, type MysqlConnection, queryMysql } from './mysql.connection.js';
import type { Lender } from './replicas.js';

type ConnectionCallback = (error: unknown, connection?: MysqlConnection) => void;

/** Milliseconds that a lent connection has to come back when the data source is destroyed by hand. */
const END_TIMEOUT = 10_000;

/** What mysql2 calls a pool, in front of ours: as much of it as TypeORM uses. */
export class MysqlPool {
  constructor(
    private readonly server: DatabaseServer<MysqlConnection>,
    private readonly lender: Lender<MysqlConnection> = server,
  ) {
    server.reconnect();
  }

  getConnection(callback: ConnectionCallback): void {
    const idle = this.lender.tryAcquire(currentAcquireContext()?.label);
    if (idle) callback(undefined, lent(idle));
    else void this.getConnectionLater(callback);
  }

  end(callback: (error?: unknown) => void): void {
    void this.endLater(callback);
  }

  private async getConnectionLater(callback: ConnectionCallback): Promise<void> {
    let lease: Lease<MysqlConnection>;
    try {
      lease = await this.lender.acquire(currentAcquireContext());
    } catch (error) {
      callback(error);
      return;
    }
    callback(undefined, lent(lease));
  }

  private async endLater(callback: (error?: unknown) => void): Promise<void> {
    await this.server.disconnect(END_TIMEOUT);
    callback();
  }
}

/** What mysql2 calls a cluster: pools by name, asked for by a name or by its beginning and a star. */
export class MysqlPoolCluster {
  private readonly pools = new Map<string, MysqlPool>();

  constructor(private readonly createPool: (options: object) => MysqlPool) {}

  add(name: string, options: object): void {
    this.pools.set(name, this.createPool(options));
  }

  getConnection(pattern: string, callback: ConnectionCallback): void {
    const prefix = pattern.replace(/\*$/, '');
    const pools = [...this.pools].filter(([name]) => (pattern === prefix ? name === pattern : name.startsWith(prefix)));
    const [, pool] = pools[Math.floor(Math.random() * pools.length)] ?? [];
    if (pool) pool.getConnection(callback);
    else callback(new Error(`There is no pool '${pattern}'.`));
  }

  end(callback: (error?: unknown) => void): void {
    let left = this.pools.size;
    for (const pool of this.pools.values()) pool.end(() => (--left === 0 ? callback() : undefined));
    if (left === 0) callback();
  }
}

/**
 * The connection for the time of one lease. TypeORM releases by a method of the connection, and may do so twice: with the
 * raw connection that would release it under its next user.
 */
function lent(lease: Lease<MysqlConnection>): MysqlConnection {
  const connection = lease.resource;
  let over = false;
  const end = (how: () => void) => (): void => {
    over = true;
    how();
  };
  const use = <R>(work: () => R): R => {
    if (!over) return work();
    throw new Error(
      'This connection was given back already. Await every statement before its query runner is released.',
    );
  };
  const own: Record<PropertyKey, unknown> = {
    release: end(() => lease.release()),
    destroy: end(() => lease.destroy('destroyed by holder')),
    promise: () => ({ query: (...parameters: unknown[]) => use(() => queryMysql(connection, parameters)) }),
    query: (...parameters: unknown[]) =>
      use(() => {
        markMysqlDirty(connection);
        return connection.query(...parameters);
      }),
  };
  return new Proxy(connection, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return own[key];
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
