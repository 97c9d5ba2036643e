import { afterAll, beforeAll, describe } from '@jest/globals';
import { MariadbServer } from './mariadb-server.js';

const START_TIMEOUT = 60_000;

/** As `describeWithPostgres`, for MariaDB. */
export function describeWithMariadb(name: string, tests: (server: () => MariadbServer) => void): void {
  const missing = MariadbServer.missing();
  if (missing && !process.env['CI']) {
    process.stderr.write(`Skipped: ${name}: ${missing}\n`);
    describe.skip(name, () => tests(() => raise(missing)));
    return;
  }
  describe(name, () => {
    let server: MariadbServer | undefined;
    beforeAll(async () => {
      server = await MariadbServer.start();
    }, START_TIMEOUT);
    afterAll(() => server?.stop(), START_TIMEOUT);
    tests(() => server ?? raise('The server has not been started.'));
  });
}

function raise(message: string): never {
  throw new Error(message);
}
