import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { abortedAtRandom } from '../../support/bank.js';
import { survive } from '../../support/fault-stage.js';
import { MariadbTheatre } from '../../support/mariadb-theatre.js';
import { eventually } from '../../support/stock-and-ours.js';
import { describeWithMariadb } from '../../support/with-mariadb.js';

const PATIENCE = 60_000;

describeWithMariadb('transfers survive on MariaDB', (server) => {
  let theatre: MariadbTheatre;
  beforeAll(async () => {
    theatre = await MariadbTheatre.open(server());
  });
  afterAll(() => theatre.close());

  it(
    'that connections in a transaction are killed',
    async () => {
      const { errors } = await survive(
        theatre,
        async () => {
          let killed = 0;
          for (let round = 0; killed < 4 && round < 200; round++) {
            killed += await theatre.killInTransaction();
            await delay(20);
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

  it(
    'that the server is killed under load and comes back',
    async () => {
      const { errors } = await survive(theatre, async () => {
        await theatre.server.kill();
        await delay(200);
        await theatre.server.restart();
      });
      expect(errors.length).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    'that the server is stopped, and their deadlines hold',
    async () => {
      const limits = { deadline: 500, acquireTimeout: 500 };
      const { slowest, errors } = await survive(
        theatre,
        async () => {
          theatre.server.pause();
          await delay(1_500);
          theatre.server.resume();
        },
        { transfers: { options: () => limits } },
      );
      expect(errors.length).toBeGreaterThan(0);
      expect(slowest).toBeLessThan(500 + 2_000 + 500);
    },
    PATIENCE,
  );

  it(
    'that the network is cut',
    async () => {
      const { errors } = await survive(theatre, async ({ proxy }) => {
        proxy.cut();
        await delay(300);
        proxy.restore();
      });
      expect(errors.length).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    'aborts at random moments',
    async () => {
      const { errors } = await survive(
        theatre,
        async ({ bank }) =>
          void (await eventually(
            () => bank.errors.length,
            (n) => n >= 300,
            400,
          )),
        {
          clients: 10,
          transfers: { options: abortedAtRandom(), pause: 3 },
        },
      );
      expect(errors.length).toBeGreaterThanOrEqual(300);
      expect(errors.filter(({ name }) => name !== 'TimeoutError')).toEqual([]);
    },
    PATIENCE,
  );
});
