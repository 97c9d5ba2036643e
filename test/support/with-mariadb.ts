import { afterAll, beforeAll } from '@jest/globals';
import { describeWith } from './describe-with.js';
import { MariadbServer } from './mariadb-server.js';

const START_TIMEOUT = 60_000;

/** A `describe` with a MariaDB server of its own. */
export function describeWithMariadb(name: string, tests: (server: () => MariadbServer) => void): void {
  describeWith(MariadbServer.missing(), name, () => {
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
