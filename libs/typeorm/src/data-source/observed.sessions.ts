import { ResourceError } from '@nestjs-resources/core';
import type { DataSource } from 'typeorm';
import type { ConnectionSource } from '../session/connection-source.js';
import { SessionFactory } from '../session/session-factory.js';

/** Sessions need our pool. Code 'DATA_SOURCE_OBSERVED'. */
export class DataSourceObservedError extends ResourceError {
  constructor(name: string, type: string) {
    super(
      `Data source '${name}' (${type}) is only observed: its connections are the driver's own, so there are no sessions. ` +
        'Use the transactions and query runners of TypeORM.',
      { code: 'DATA_SOURCE_OBSERVED', resource: name },
    );
  }
}

/** The session factory of a data source whose connections are not ours: whatever needs a session is refused. */
export class ObservedSessions extends SessionFactory {
  constructor(
    dataSource: DataSource,
    private readonly name: string,
  ) {
    // Never asked for a connection, since no session is opened.
    super(dataSource, {} as ConnectionSource, { resource: name });
  }

  /** @throws {DataSourceObservedError} always */
  override open(): never {
    throw new DataSourceObservedError(this.name, this.dataSource.options.type);
  }
}
