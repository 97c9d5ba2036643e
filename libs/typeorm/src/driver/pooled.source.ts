import type { Lease } from '@nestjs-resources/core';
import type { ConnectionSource, Dialect, ServerRole } from '../session/connection-source.js';
import type { AcquireContext } from './acquire-context.js';
import type { DatabaseServer } from './database-server.js';
import { type Lender, Replica } from './replicas.js';

/** The servers of one database. */
export class Servers<C extends object> {
  /** Who lends connections for reading; none if there are no replicas. */
  readonly readers: readonly Lender<C>[];

  constructor(
    readonly primary: DatabaseServer<C>,
    readonly replicas: readonly DatabaseServer<C>[],
  ) {
    this.readers = replicas.map((replica) => {
      const siblings = replicas.filter((other) => other !== replica);
      return new Replica(replica, [...siblings, primary]);
    });
  }

  /** The primary first. */
  get all(): readonly DatabaseServer<C>[] {
    return [this.primary, ...this.replicas];
  }

  /** Who lends connections of a server, or of another that stands in for it. */
  lenderOf(server: DatabaseServer<C>): Lender<C> {
    return this.readers[this.replicas.indexOf(server)] ?? server;
  }

  /** Any of those who lend connections for a purpose. */
  lenderFor(role: ServerRole): Lender<C> {
    if (role === 'master') return this.primary;
    return this.readers[Math.floor(Math.random() * this.readers.length)] ?? this.primary;
  }
}

/** Gives sessions the connections of our pools. */
export class PooledSource<C extends object> implements ConnectionSource {
  constructor(
    private readonly servers: Servers<C>,
    readonly dialect: Dialect,
  ) {}

  get maxSize(): number {
    return this.servers.primary.pool.getMetrics().maxSize;
  }

  tryAcquire(role: ServerRole, label: string | undefined): Lease<object> | undefined {
    return this.servers.lenderFor(role).tryAcquire(label);
  }

  acquire(role: ServerRole, context: AcquireContext): Promise<Lease<object>> {
    return this.servers.lenderFor(role).acquire(context);
  }

  suspect(role: ServerRole, error: unknown): void {
    const { primary, replicas } = this.servers;
    // Which of several replicas it was is not known here; their pools find out.
    if (role === 'master' || replicas.length === 0) primary.suspect(error);
    else if (replicas.length === 1) replicas[0]?.suspect(error);
  }
}
