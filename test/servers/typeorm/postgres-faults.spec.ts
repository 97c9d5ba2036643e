import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { MAX_SIZE, survive } from '../../support/fault-stage.js';
import { PostgresTheatre } from '../../support/postgres-theatre.js';
import { describeWithPostgres } from '../../support/with-postgres.js';
import { faultsOfAnyServer, PATIENCE } from './faults.suite.js';

const codesOf = (errors: readonly Error[]): string[] => [
  ...new Set(errors.map((error) => (error as { code?: string }).code ?? error.message)),
];

/** Money moves between accounts while the server is treated badly; what holds all the time is said in `survive`. */
describeWithPostgres(
  'transfers survive',
  (server) => {
    let theatre: PostgresTheatre;
    beforeAll(async () => {
      theatre = await PostgresTheatre.open(server());
    });
    afterAll(() => theatre.close());

    faultsOfAnyServer(() => theatre, 1_000);

    /** Kills until enough are dead. */
    const killing = (state: 'idle' | 'idle in transaction' | 'active') => async (): Promise<void> => {
      let killed = 0;
      for (let round = 0; killed < 8 && round < 200; round++) {
        killed += await theatre.kill(state);
        await delay(20);
      }
      expect(killed).toBeGreaterThanOrEqual(8);
    };

    it(
      'that idle backends are killed',
      async () => {
        const { errors } = await survive(theatre, killing('idle'), { clients: 3, transfers: { pause: 5 } });
        expect(codesOf(errors).filter((code) => code !== 'CONNECTION_LOST')).toEqual([]);
      },
      PATIENCE,
    );

    it(
      'that backends in a transaction are killed',
      async () => {
        const { errors } = await survive(theatre, killing('idle in transaction'), { transfers: { pause: 5 } });
        expect(codesOf(errors)).toEqual(['CONNECTION_LOST']);
      },
      PATIENCE,
    );

    it(
      'that backends are killed in mid-query',
      async () => {
        const { errors } = await survive(theatre, killing('active'));
        expect(codesOf(errors)).toEqual(['CONNECTION_LOST']);
      },
      PATIENCE,
    );

    it(
      'that the network stalls, and their deadlines hold',
      async () => {
        const limits = { deadline: 500, acquireTimeout: 500 };
        const { slowest } = await survive(
          theatre,
          async ({ proxy }) => {
            proxy.stall();
            await delay(1_000);
            proxy.restore();
          },
          { transfers: { options: () => limits } },
        );
        expect(slowest).toBeLessThan(500 + 2_000 + 500);
      },
      PATIENCE,
    );

    it(
      'that the server forgets its clients without a word',
      async () => {
        const { slowest, errors } = await survive(theatre, async ({ proxy }) => proxy.halfOpen(), {
          transfers: { options: () => ({ statementTimeout: 300 }) },
        });
        expect(errors.length).toBeGreaterThan(0);
        expect(slowest).toBeLessThan(300 + 2_000 + 1_000);
      },
      PATIENCE,
    );

    it(
      'that the pool is exhausted',
      async () => {
        const { errors } = await survive(
          theatre,
          async ({ pool }) => {
            const leases = await Promise.all(Array.from({ length: MAX_SIZE }, () => pool.acquire({ timeout: 5_000 })));
            await delay(300);
            for (const lease of leases) lease.release();
          },
          { transfers: { options: () => ({ acquireTimeout: 50 }) } },
        );
        expect(codesOf(errors)).toEqual(['POOL_TIMEOUT']);
      },
      PATIENCE,
    );

    it(
      'that their password is wrong for a while',
      async () => {
        const { errors } = await survive(theatre, async () => {
          await theatre.changePassword('wrong');
          await theatre.kill('idle in transaction', MAX_SIZE);
          await theatre.kill('active', MAX_SIZE);
          await delay(300);
          await theatre.changePassword('right');
        });
        expect(errors.map(messages).join()).toMatch(/password authentication failed/);
        expect(errors.map(messages).join()).not.toContain('another');
      },
      PATIENCE,
    );

    it(
      'that others take all connections of the server',
      async () => {
        const { errors } = await survive(theatre, async ({ proxy }) => {
          proxy.cut();
          const others = await occupy(theatre);
          proxy.restore();
          await delay(300);
          await Promise.all(others.map((client) => client.end()));
        });
        expect(errors.map(messages).join()).toMatch(/connection slots/);
      },
      PATIENCE,
    );

    it(
      'that commits fail on the server',
      async () => {
        const { errors } = await survive(theatre, async () => {
          await theatre.ask(
            `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$`,
          );
          await theatre.ask(
            `CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON ledger DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW WHEN (NEW.id LIKE '%3') EXECUTE FUNCTION refuse()`,
          );
          await delay(300);
        });
        expect(codesOf(errors)).toEqual(['53100']);
      },
      PATIENCE,
    );
  },
  { settings: ['max_connections=20'] },
);

/** Takes connections until the server has none left for users without privileges. */
async function occupy({ options, port }: PostgresTheatre): Promise<pg.Client[]> {
  const { url } = options(port) as { url: string };
  const clients: pg.Client[] = [];
  for (;;) {
    const client = new pg.Client({ connectionString: url, application_name: 'others' });
    client.on('error', () => undefined);
    const refused = await client.connect().then(
      () => false,
      () => true,
    );
    if (refused) return clients;
    clients.push(client);
  }
}

/** An error's message and those of its causes. */
function messages(error: unknown): string {
  const { message = '', cause } = (error ?? {}) as { message?: string; cause?: unknown };
  return cause === undefined ? message : `${message} ${messages(cause)}`;
}
