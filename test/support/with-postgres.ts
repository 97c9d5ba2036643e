import { afterAll, beforeAll } from '@jest/globals';
import { describeWith } from './describe-with.js';
import { PostgresServer, type PostgresServerSettings } from './postgres-server.js';

/** Initialising a cluster takes about a second, on a busy machine many. */
const START_TIMEOUT = 60_000;

/** A `describe` with a PostgreSQL server of its own. */
export function describeWithPostgres(
  name: string,
  tests: (server: () => PostgresServer) => void,
  settings: PostgresServerSettings = {},
): void {
  describeWith(PostgresServer.missing(), name, () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await PostgresServer.start(settings);
    }, START_TIMEOUT);
    afterAll(() => server?.stop(), START_TIMEOUT);
    tests(() => server ?? raise('The server has not been started.'));
  });
}

function raise(message: string): never {
  throw new Error(message);
}
