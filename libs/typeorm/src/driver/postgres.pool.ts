import { EventEmitter } from 'node:events';
import type { Lease } from '@nestjs-resources/core';
import { currentAcquireContext } from './acquire-context.js';
import type { DatabaseServer } from './database-server.js';
import type { PostgresClient, PostgresResult } from './postgres.connection.js';
import type { Lender } from './replicas.js';

/** Gives a client back; with an error or `true`, as broken. */
export type PostgresRelease = (broken?: unknown) => void;

type ConnectCallback = (error: unknown, client?: PostgresClient, release?: PostgresRelease) => void;

/** Milliseconds that a lent connection has to come back when the data source is destroyed by hand. */
const END_TIMEOUT = 10_000;

/**
 * What pg calls a pool, in front of ours: the methods, figures and events that TypeORM and tracing libraries use. It has
 * no connections of its own, so nothing is lost when TypeORM forgets it.
 */
export class PostgresPool extends EventEmitter {
  private readonly onConnect = (client: object): void => void this.emit('connect', client);
  private readonly onRemove = (client: object): void => void this.emit('remove', client);
  private readonly onError = (error: unknown, client: object): void => {
    if (this.listenerCount('error') > 0) this.emit('error', error, client);
  };
  private ended = false;

  /**
   * @param options - those of the connections. Not enumerable: they contain the password
   * @param lender - who lends connections of the server, or of another that stands in for it
   */
  constructor(
    private readonly server: DatabaseServer<PostgresClient>,
    readonly options: object,
    private readonly lender: Lender<PostgresClient> = server,
  ) {
    super();
    Object.defineProperty(this, 'options', { enumerable: false });
    server.reconnect();
    // TypeORM makes a new pool for each attempt to initialise and leaves the one that failed.
    server.events.removeAllListeners();
    server.events.on('connect', this.onConnect).on('remove', this.onRemove).on('error', this.onError);
  }

  get totalCount(): number {
    return this.server.pool.size;
  }

  get idleCount(): number {
    return this.server.pool.idle;
  }

  get waitingCount(): number {
    return this.server.pool.waiting;
  }

  connect(callback: ConnectCallback): void;
  connect(): Promise<PostgresClient & { release: PostgresRelease }>;
  connect(callback?: ConnectCallback): Promise<PostgresClient & { release: PostgresRelease }> | void {
    if (!callback) return this.connectAsync();
    const idle = this.lender.tryAcquire(currentAcquireContext()?.label);
    if (idle) callback(undefined, idle.resource, this.lend(idle));
    else void this.connectLater(callback);
  }

  /** Runs one statement on any connection. */
  async query(...parameters: unknown[]): Promise<PostgresResult> {
    const lease =
      this.lender.tryAcquire(currentAcquireContext()?.label) ?? (await this.lender.acquire(currentAcquireContext()));
    const release = this.lend(lease);
    try {
      return await lease.resource.query(...parameters);
    } finally {
      release();
    }
  }

  end(callback: (error?: unknown) => void): void;
  end(): Promise<void>;
  end(callback?: (error?: unknown) => void): Promise<void> | void {
    if (!callback) return this.endOnce();
    void this.endLater(callback);
  }

  private async connectAsync(): Promise<PostgresClient & { release: PostgresRelease }> {
    const lease =
      this.lender.tryAcquire(currentAcquireContext()?.label) ?? (await this.lender.acquire(currentAcquireContext()));
    return Object.assign(lease.resource, { release: this.lend(lease) });
  }

  /** What the callback throws is its own affair. */
  private async connectLater(callback: ConnectCallback): Promise<void> {
    let lease: Lease<PostgresClient>;
    try {
      lease = await this.lender.acquire(currentAcquireContext());
    } catch (error) {
      callback(error);
      return;
    }
    callback(undefined, lease.resource, this.lend(lease));
  }

  private async endLater(callback: (error?: unknown) => void): Promise<void> {
    await this.endOnce();
    callback();
  }

  private lend(lease: Lease<PostgresClient>): PostgresRelease {
    this.emit('acquire', lease.resource);
    return (broken) => {
      this.emit('release', broken, lease.resource);
      if (broken) lease.destroy(broken instanceof Error ? broken.message : 'destroyed by holder');
      else lease.release();
    };
  }

  private async endOnce(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.server.disconnect(END_TIMEOUT);
  }
}
