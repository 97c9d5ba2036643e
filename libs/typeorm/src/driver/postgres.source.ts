import type { Lease } from '@nestjs-resources/core';
import type { ConnectionSource, ServerRole } from '../session/connection-source.js';
import type { AcquireContext } from './acquire-context.js';
import type { PostgresClient } from './postgres.connection.js';
import { postgresDialect } from './postgres.dialect.js';
import type { PostgresDriver } from './postgres.driver.js';
import type { Lender } from './replicas.js';

/** Gives sessions the connections of a {@link PostgresDriver}. */
export class PostgresSource implements ConnectionSource {
  readonly dialect = postgresDialect;

  constructor(private readonly driver: PostgresDriver) {}

  tryAcquire(role: ServerRole, label: string | undefined): Lease<object> | undefined {
    return this.lender(role).tryAcquire(label);
  }

  acquire(role: ServerRole, context: AcquireContext): Promise<Lease<object>> {
    return this.lender(role).acquire(context);
  }

  suspect(role: ServerRole, error: unknown): void {
    const { master, slaves } = this.driver;
    // Which of several replicas it was is not known here; their pools find out.
    if (role === 'master' || slaves.length === 0) master.suspect(error);
    else if (slaves.length === 1) slaves[0]?.suspect(error);
  }

  private lender(role: ServerRole): Lender<PostgresClient> {
    const { master, readers } = this.driver;
    if (role === 'master' || readers.length === 0) return master;
    return readers[Math.floor(Math.random() * readers.length)] ?? master;
  }
}
