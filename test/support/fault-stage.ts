import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { NamedDatabaseOptions } from '@nestjs-resources/typeorm';
import { type Ask, Bank, type TransferOptions } from './bank.js';
import { ClientSockets } from './client-sockets.js';
import { eventually, type Ours, withOurs } from './stock-and-ours.js';
import { TcpProxy } from './tcp-proxy.js';

export const MAX_SIZE = 5;

/** A backend of the application, as its server sees it. */
export interface Backend {
  readonly id: number;
  /** Of the client's socket. */
  readonly port: number;
}

/** A server that is treated badly, and somebody who looks at it past everything that is tested. */
export interface Theatre {
  readonly port: number;
  readonly ask: Ask;
  readonly backends: () => Promise<Backend[]>;
  /** Of the application: what reaches the server by another port of this machine. */
  readonly options: (port: number) => NamedDatabaseOptions;
}

export interface FaultSettings {
  readonly clients?: number;
  readonly transfers?: TransferOptions;
  /** More options of the data source. */
  readonly options?: object;
}

/** What a fault has to do with. */
export interface Stage extends Ours {
  readonly bank: Bank;
  readonly proxy: TcpProxy;
  readonly theatre: Theatre;
}

/**
 * Transfers of many clients while `fault` happens. Afterwards nothing is lost, nothing leaked, the next query is right, and at
 * no instant were there more sockets or backends than connections are allowed.
 *
 * @returns the bank, for what else a test wants to know
 */
export async function survive(
  theatre: Theatre,
  fault: (stage: Stage) => Promise<void>,
  { clients = 20, transfers, options = {} }: FaultSettings = {},
): Promise<Bank> {
  const proxy = await TcpProxy.start(theatre.port);
  const sockets = new ClientSockets(proxy.port);
  const bank = await new Bank(theatre.ask).open();
  try {
    await withOurs({ ...theatre.options(proxy.port), ...options } as NamedDatabaseOptions, async (ours) => {
      const stage: Stage = { ...ours, bank, proxy, theatre };
      const watch = watchBackends(stage);
      const dismiss = bank.employ(ours.sessions, clients, transfers);
      try {
        await delay(100);
        await fault(stage);
        await recovered(stage);
        await eventually(
          () => bank.acknowledged.length,
          (n) => n > clients,
        );
        await delay(100);
      } finally {
        await dismiss();
        await watch.end();
      }
      expect(watch.tooMany).toEqual([]);
      await expectNothingLeaked(stage, sockets);
    });
    await bank.audit();
    expect(bank.acknowledged.length).toBeGreaterThan(clients);
  } finally {
    sockets.stop();
    await proxy.stop();
  }
  return bank;
}

/** Until the application works again. */
async function recovered({ sessions }: Stage): Promise<void> {
  const asked = (): Promise<boolean> =>
    sessions
      .run({ acquireTimeout: 1_000 }, (tx) => tx.query('SELECT 1'))
      .then(
        () => true,
        () => false,
      );
  expect(await eventually(asked, (answered) => answered)).toBe(true);
}

async function expectNothingLeaked({ pool, sessions, theatre, proxy }: Stage, sockets: ClientSockets): Promise<void> {
  const numbers = Array.from({ length: 4 * MAX_SIZE }, (_, n) => n);
  const answers = await Promise.all(numbers.map((n) => sessions.run((tx) => tx.query(`SELECT ${n} AS n`))));
  expect(answers.map(([row]) => Number(row.n))).toEqual(numbers);
  await eventually(
    () => pool.getMetrics().creating,
    (creating) => creating === 0,
  );
  expect(pool.getMetrics()).toMatchObject({ leased: 0, waiting: 0, creating: 0 });
  expect(sessions.getMetrics().active).toBe(0);
  expect(sockets.most).toBeLessThanOrEqual(MAX_SIZE);
  expect(
    await eventually(
      () => sockets.open,
      (open) => open === pool.size,
    ),
  ).toBe(pool.size);
  const left = await eventually(
    async () => withoutOrphans(await theatre.backends(), proxy).length,
    (backends) => backends === pool.size,
  );
  expect(left).toBe(pool.size);
}

interface BackendWatch {
  /** What was seen when there were more than may be. */
  readonly tooMany: readonly Backend[];
  end(): Promise<void>;
}

/** Asks the server again and again how many backends the application has; while it is down, nobody knows. */
function watchBackends({ theatre, proxy }: Stage): BackendWatch {
  let over = false;
  let most: Backend[] = [];
  const watching = (async () => {
    while (!over) {
      const backends = await theatre.backends().catch(() => []);
      const theirs = withoutOrphans(backends, proxy);
      if (theirs.length > Math.max(MAX_SIZE, most.length)) most = theirs;
      await delay(10);
    }
  })();
  return {
    get tooMany() {
      return most;
    },
    end: () => {
      over = true;
      return watching;
    },
  };
}

/** Without those whose client the fault itself cut off: they do not know it yet. */
function withoutOrphans(backends: readonly Backend[], { orphans }: TcpProxy): Backend[] {
  return backends.filter(({ port }) => !orphans.has(port));
}
