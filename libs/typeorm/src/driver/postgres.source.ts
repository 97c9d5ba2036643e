import type { Lease } from '@nestjs-resources/core';
import type { ConnectionSource, ServerRole } from '../session/connection-source.js';
import type { AcquireContext } from './acquire-context.js';
import type { DatabaseServer } from './database-server.js';
import type { PostgresClient } from './postgres.connection.js';
import { postgresDialect } from './postgres.dialect.js';
import type { PostgresDriver } from './postgres.driver.js';

/** Gives sessions the connections of a {@link PostgresDriver}. */
export class PostgresSource implements ConnectionSource {
  readonly dialect = postgresDialect;

  constructor(private readonly driver: PostgresDriver) {}

  tryAcquire(role: ServerRole, label: string | undefined): Lease<object> | undefined {
    return this.server(role).tryAcquire(label);
  }

  acquire(role: ServerRole, context: AcquireContext): Promise<Lease<object>> {
    return this.server(role).acquire(context);
  }

  suspect(role: ServerRole, error: unknown): void {
    this.server(role).suspect(error);
  }

  private server(role: ServerRole): DatabaseServer<PostgresClient> {
    const { master, slaves } = this.driver;
    if (role === 'master' || slaves.length === 0) return master;
    return slaves[Math.floor(Math.random() * slaves.length)] ?? master;
  }
}
