import { afterAll, beforeAll, describe } from '@jest/globals';
import { PostgresServer, type PostgresServerSettings } from './postgres-server.js';

/** Initialising a cluster takes about a second, on a busy machine many. */
const START_TIMEOUT = 60_000;

/**
 * A `describe` with a server of its own. Without any way to run PostgreSQL the tests are skipped and say so; in continuous
 * integration that is a failure.
 */
export function describeWithPostgres(
  name: string,
  tests: (server: () => PostgresServer) => void,
  settings: PostgresServerSettings = {},
): void {
  const missing = PostgresServer.missing();
  if (missing && !process.env['CI']) {
    process.stderr.write(`Skipped: ${name}: ${missing}\n`);
    describe.skip(name, () => tests(() => raise(missing)));
    return;
  }
  describe(name, () => {
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
