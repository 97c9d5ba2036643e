import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { CreateContext, VerbContext } from '@nestjs-resources/core';
import {
  isInPostgresTransaction,
  markPostgresClient,
  type PostgresClient,
  postgresLostBecause,
  postgresVerbs,
} from './postgres.connection.js';

/** As much of pg's client as decides about a connection. */
class Client extends EventEmitter {
  static connects = (): Promise<void> => Promise.resolve();
  readonly log: string[] = [];
  readonly connection = Object.assign(new EventEmitter(), {
    stream: { destroy: () => this.log.push('socket closed') },
    parsedStatements: { find: 'SELECT 1' },
  });
  readyForQuery = true;
  status = 'I';
  /** What a statement does to the status. */
  effects: Readonly<Record<string, string>> = { ROLLBACK: 'I' };

  connect(): Promise<void> {
    return Client.connects();
  }

  async end(): Promise<void> {
    this.log.push('end');
  }

  async query(text: string): Promise<{ rows: unknown[] }> {
    this.log.push(text);
    this.readyForQuery = true;
    this.status = this.effects[text] ?? this.status;
    return { rows: [] };
  }

  getTransactionStatus(): string {
    return this.status;
  }
}

const clients: Client[] = [];
const verbs = postgresVerbs(
  {
    Client: class extends Client {
      constructor() {
        super();
        clients.push(this);
      }
    } as unknown as new (options: object) => PostgresClient,
  },
  () => ({}),
);
const context = {} as VerbContext;

/** A connection, and what its pool was told of it. */
async function open(connects = () => Promise.resolve(), signal = new AbortController().signal) {
  Client.connects = connects;
  const deaths: unknown[] = [];
  const opening = verbs.open({ signal, died: (reason) => deaths.push(reason) } as CreateContext);
  const client = clients.at(-1) as Client;
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const asPg = client as unknown as PostgresClient;
  return { client, asPg, deaths, error };
}

describe('a connection to PostgreSQL', () => {
  it('that is refused leaves no socket', async () => {
    const refusal = new Error('password authentication failed');
    const { client, error, deaths } = await open(() => Promise.reject(refusal));
    expect(error).toBe(refusal);
    expect(client.log).toEqual(['socket closed']);
    client.emit('error', new Error('reset'));
    expect(deaths).toEqual([]);
  });

  it('that nobody waits for any more leaves no socket', async () => {
    const controller = new AbortController();
    const { client } = await open(async () => controller.abort(), controller.signal);
    expect(client.log).toEqual(['socket closed']);
  });

  it('tells its end once, by the first error', async () => {
    const { client, asPg, deaths } = await open();
    const first = new Error('terminating connection');
    client.emit('error', first);
    client.emit('error', new Error('reset'));
    client.emit('end');
    expect(deaths).toEqual([first]);
    expect(postgresLostBecause(asPg)).toBe(first);
  });

  it('tells its end if the server only hangs up', async () => {
    const { client, deaths } = await open();
    client.emit('end');
    expect(deaths).toMatchObject([{ message: 'Connection terminated' }]);
  });

  it('goes back at once if there is nothing to undo', async () => {
    const { client, asPg } = await open();
    expect(verbs.clean(asPg, context)).toBeUndefined();
    expect(client.log).toEqual([]);
  });

  it.each(['T', 'E'])('goes back outside of any transaction (%s)', async (status) => {
    const { client, asPg } = await open();
    client.status = status;
    await verbs.clean(asPg, context);
    expect(client.log).toEqual(['ROLLBACK']);
  });

  it('waits for what is under way, of which it does not know yet how it ends', async () => {
    const { client, asPg } = await open();
    client.readyForQuery = false;
    expect(isInPostgresTransaction(asPg)).toBeUndefined();
    await verbs.clean(asPg, context);
    expect(client.log).toEqual(['']);
  });

  it('does not go back if it cannot be undone', async () => {
    const { client, asPg } = await open();
    client.status = 'T';
    client.effects = {};
    await expect(verbs.clean(asPg, context)).rejects.toThrow(/busy/);
  });

  it('forgets, once, what was left behind in it, prepared statements too', async () => {
    const { client, asPg } = await open();
    client.status = 'T';
    markPostgresClient(asPg);
    await verbs.clean(asPg, context);
    expect(client.log).toEqual(['ROLLBACK', 'DISCARD ALL']);
    expect(client.connection.parsedStatements).toEqual({});
    expect(verbs.clean(asPg, context)).toBeUndefined();
  });

  it('is closed without being told of as broken, by force if it takes too long', async () => {
    const { client, asPg, deaths } = await open();
    const controller = new AbortController();
    client.end = async () => controller.abort();
    await verbs.close(asPg, { signal: controller.signal } as VerbContext);
    client.emit('end');
    expect(client.log).toEqual(['socket closed']);
    expect(deaths).toEqual([]);
  });
});
