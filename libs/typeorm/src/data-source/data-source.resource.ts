import {
  ResourceHealth,
  systemClock,
  type CallContext,
  type CloseContext,
  type Health,
  type Metrics,
  type Resource,
  type ResourceListener,
} from '@nestjs-resources/core';
import type { DataSource } from 'typeorm';
import { withPassingContext } from '../driver/acquire-context.js';
import type { SessionFactory } from '../session/session-factory.js';
import type { Database } from './database.js';
import { initializeInUse, type Usable } from './in-use.check.js';

/** Servers a data source stands on, as far as its end concerns them. */
export interface Disconnectable extends Usable {
  disconnect(timeout: number): Promise<void>;
}

export interface DataSourceResourceOptions {
  /** Name in the registry. */
  readonly name: string;
  readonly dataSource: DataSource;
  readonly sessions: SessionFactory;
  readonly database: Pick<Database, 'keeping' | 'figures'> & { readonly servers: readonly Disconnectable[] };
  /** Called before it initialises, for what is known only then. */
  readonly prepare?: () => void;
}

/**
 * A TypeORM data source as a resource: initialised when it is started, destroyed when it is closed, cold until then. Its
 * pools are resources of their own, on which it depends.
 */
export class DataSourceResource implements Resource {
  readonly kind = 'data-source';
  readonly name: string;
  readonly dataSource: DataSource;

  constructor(private readonly options: DataSourceResourceOptions) {
    this.name = options.name;
    this.dataSource = options.dataSource;
  }

  async start({ signal }: CallContext): Promise<void> {
    if (this.dataSource.isInitialized) return;
    this.options.prepare?.();
    const label = `initialisation of ${this.name}`;
    await withPassingContext({ signal, label }, () => this.initialize());
    if (signal.aborted) await this.destroy();
  }

  /** Lets those who hold connections finish until the deadline, then closes all. */
  async close({ deadline }: Pick<CloseContext, 'deadline'>): Promise<void> {
    const left = Math.max(0, deadline - systemClock.now());
    await Promise.all(this.options.database.servers.map((server) => server.disconnect(left)));
    await this.destroy();
  }

  /** What happens to its sessions. */
  observe(listener: ResourceListener): () => void {
    return this.options.sessions.observe(listener);
  }

  check(): Health {
    return this.dataSource.isInitialized
      ? { status: ResourceHealth.HEALTHY }
      : { status: ResourceHealth.UNHEALTHY, reason: 'The data source is not initialised.' };
  }

  getMetrics(): Metrics {
    const { isInitialized, options, entityMetadatas } = this.dataSource;
    const { database, sessions } = this.options;
    return {
      type: 'data-source',
      name: this.name,
      driver: options.type,
      connections: database.keeping,
      initialized: isInitialized,
      entities: entityMetadatas.length,
      ...(database.figures ? { observed: database.figures() } : { sessions: sessions.getMetrics() }),
    };
  }

  /** If something else connects than what we have put below, it is better told than found out. */
  private initialize(): Promise<void> {
    return initializeInUse(this.name, this.dataSource, this.options.database);
  }

  private async destroy(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
