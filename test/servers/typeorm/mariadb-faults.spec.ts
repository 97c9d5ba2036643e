import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { survive } from '../../support/fault-stage.js';
import { MariadbTheatre } from '../../support/mariadb-theatre.js';
import { describeWithMariadb } from '../../support/with-mariadb.js';
import { faultsOfAnyServer, PATIENCE } from './faults.suite.js';

describeWithMariadb('transfers survive on MariaDB', (server) => {
  let theatre: MariadbTheatre;
  beforeAll(async () => {
    theatre = await MariadbTheatre.open(server());
  });
  afterAll(() => theatre.close());

  faultsOfAnyServer(() => theatre, 300);

  it(
    'that connections in a transaction are killed',
    async () => {
      const { errors } = await survive(
        theatre,
        async () => {
          let killed = 0;
          for (let round = 0; killed < 4 && round < 200; round++) {
            killed += await theatre.killInTransaction();
            // InnoDB looks at its transactions anew only when nobody has asked for them within 100 ms.
            await delay(150);
          }
          expect(killed).toBeGreaterThanOrEqual(4);
        },
        { transfers: { pause: 5 } },
      );
      const others = errors.filter((error) => (error as { code?: unknown }).code !== 'CONNECTION_LOST');
      expect(others).toEqual([]);
    },
    PATIENCE,
  );
});
