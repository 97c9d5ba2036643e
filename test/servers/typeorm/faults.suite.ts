import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { abortedAtRandom } from '../../support/bank.js';
import { survive, type Theatre } from '../../support/fault-stage.js';
import { eventually } from '../../support/stock-and-ours.js';

/** Milliseconds for one fault. */
export const PATIENCE = 60_000;

/** How badly any server can be treated. */
interface MistreatedServer {
  kill(): Promise<void>;
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
}

/** What befalls servers of any kind while money moves. */
export function faultsOfAnyServer(
  theatre: () => Theatre & { readonly server: MistreatedServer },
  aborts: number,
): void {
  it(
    'that the server is killed under load and comes back',
    async () => {
      const { server } = theatre();
      const { errors } = await survive(theatre(), async () => {
        await server.kill();
        await delay(200);
        await server.restart();
      });
      expect(errors.length).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    'that the server is stopped, and their deadlines hold',
    async () => {
      const { server } = theatre();
      const limits = { deadline: 500, acquireTimeout: 500 };
      const { slowest, errors } = await survive(
        theatre(),
        async () => {
          server.pause();
          await delay(1_500);
          server.resume();
        },
        { transfers: { options: () => limits } },
      );
      expect(errors.length).toBeGreaterThan(0);
      // The deadline, and the time that a server has to obey a cancellation.
      expect(slowest).toBeLessThan(500 + 2_000 + 500);
    },
    PATIENCE,
  );

  it(
    'that the network is cut',
    async () => {
      const { errors } = await survive(theatre(), async ({ proxy }) => {
        proxy.cut();
        await delay(300);
        proxy.restore();
      });
      expect(errors.length).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    `${aborts} aborts at random moments`,
    async () => {
      const { errors } = await survive(
        theatre(),
        async ({ bank }) =>
          void (await eventually(
            () => bank.errors.length,
            (n) => n >= aborts,
            400,
          )),
        {
          clients: 10,
          transfers: { options: abortedAtRandom(), pause: 3 },
        },
      );
      expect(errors.length).toBeGreaterThanOrEqual(aborts);
      expect(errors.filter(({ name }) => name !== 'TimeoutError')).toEqual([]);
    },
    PATIENCE,
  );
}
