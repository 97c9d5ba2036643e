import {
  ResourceHealth,
  systemClock,
  type CallContext,
  type CloseContext,
  type Health,
  type Metrics,
  type Resource,
} from '@nestjs-resources/core';
import type { DataSource } from 'typeorm';
import { withAcquireContext } from '../driver/acquire-context.js';
import type { SessionFactory } from '../session/session-factory.js';
import { freeOrphanedRunners } from './destroy-guard.js';
import { assertInUse, type Usable } from './in-use.check.js';

/** Servers a data source stands on, as far as its end concerns them. */
export interface Disconnectable extends Usable {
  disconnect(timeout: number): Promise<void>;
}

export interface DataSourceResourceOptions {
  /** Name in the registry. */
  readonly name: string;
  readonly dataSource: DataSource;
  readonly sessions: SessionFactory;
  readonly servers: readonly Disconnectable[];
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
    await withAcquireContext({ signal, label }, () => this.dataSource.initialize());
    if (signal.aborted) await this.destroy();
    else assertInUse(this.name, this.options.servers);
  }

  /** Lets those who hold connections finish until the deadline, then closes all. */
  async close({ deadline }: Pick<CloseContext, 'deadline'>): Promise<void> {
    const left = Math.max(0, deadline - systemClock.now());
    await Promise.all(this.options.servers.map((server) => server.disconnect(left)));
    await this.destroy();
  }

  check(): Health {
    return this.dataSource.isInitialized
      ? { status: ResourceHealth.HEALTHY }
      : { status: ResourceHealth.UNHEALTHY, reason: 'The data source is not initialised.' };
  }

  getMetrics(): Metrics {
    const { isInitialized, options, entityMetadatas } = this.dataSource;
    return {
      type: 'data-source',
      name: this.name,
      driver: options.type,
      initialized: isInitialized,
      entities: entityMetadatas.length,
      sessions: this.options.sessions.getMetrics(),
    };
  }

  private async destroy(): Promise<void> {
    if (!this.dataSource.isInitialized) return;
    freeOrphanedRunners(this.dataSource);
    await this.dataSource.destroy();
  }
}
