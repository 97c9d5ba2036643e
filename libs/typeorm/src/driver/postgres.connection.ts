import type { EventEmitter } from 'node:events';
import type { CreateContext, VerbContext } from '@nestjs-resources/core';
import type { ConnectionVerbs } from './database-server.js';

/** What we use of a `pg.Client`. */
export interface PostgresClient extends EventEmitter {
  readonly processID: number | null;
  readonly secretKey: number | null;
  /** False while a statement is under way. */
  readonly readyForQuery?: boolean;
  readonly connection: PostgresWire;
  readonly host?: string;
  readonly port?: number;
  readonly ssl?: unknown;
  connect(): Promise<unknown>;
  end(): Promise<void>;
  query(...parameters: unknown[]): Promise<PostgresResult>;
  /** Since pg 8.21: 'I' idle, 'T' in a transaction, 'E' in a failed one. */
  getTransactionStatus?(): string | null;
}

/** What we use of a `pg.Connection`, which speaks the protocol. */
export interface PostgresWire extends EventEmitter {
  readonly stream: { destroy(): void };
  /** The prepared statements it knows by name. */
  parsedStatements?: object;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
}

export interface PostgresResult {
  readonly command?: string;
  readonly rows: unknown[];
}

/** The package `pg`, or one that looks like it. */
export interface PostgresPackage {
  readonly Client: new (options: object) => PostgresClient;
}

/** What we remember of each client: things it no longer tells when we need to know. */
interface ClientMemory {
  status: string | null;
  lostBecause: unknown;
  /** Whether something was left behind in it: settings, locks, listeners. */
  marked: boolean;
}

const memories = new WeakMap<object, ClientMemory>();

/** The first error of the client's socket. Later statements fail with less. */
export function postgresLostBecause(client: object): unknown {
  return memories.get(client)?.lostBecause;
}

/**
 * Connections of pg, raw: what `pg-query-stream`, `LISTEN` and the like need, works.
 *
 * @param options - asked for each connection, for what TypeORM says last counts
 */
export function postgresVerbs(pg: PostgresPackage, options: () => object): ConnectionVerbs<PostgresClient> {
  return {
    open: (context) => open(new pg.Client({ keepAlive: true, ...options() }), context),
    clean,
    ping: async (client) => void (await client.query('SELECT 1')),
    close,
  };
}

async function open(client: PostgresClient, { signal, died }: CreateContext): Promise<PostgresClient> {
  const memory: ClientMemory = { status: null, lostBecause: undefined, marked: false };
  memories.set(client, memory);
  let opened = false;
  const broken = (error: unknown): void => {
    // A server that shuts down says so and then hangs up: one event is enough.
    if (memory.lostBecause !== undefined) return;
    memory.lostBecause = error;
    if (opened) died(error);
  };
  // For the whole life of the client. A client whose error nobody hears ends the process.
  client.on('error', broken);
  client.on('end', () => broken(new Error('Connection terminated')));
  if (!client.getTransactionStatus) followStatus(client, memory);

  const giveUp = (): void => client.connection.stream.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect();
    opened = true;
    return client;
  } catch (error) {
    // A server that refuses leaves the socket to be closed later; by then there would be another one.
    giveUp();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Before pg 8.21 the status of the transaction is told by the wire only. */
function followStatus(client: PostgresClient, memory: ClientMemory): void {
  client.connection.on('readyForQuery', (message: { status?: string } | undefined) => {
    memory.status = message?.status ?? null;
  });
}

/** A client in which something was left behind is cleaned before somebody else gets it. */
export function markPostgresClient(client: object): void {
  const memory = memories.get(client);
  if (memory) memory.marked = true;
}

/** Whether it is in a transaction, as the server said last; `undefined` while a statement is under way. */
export function isInPostgresTransaction(client: PostgresClient): boolean | undefined {
  if (client.readyForQuery !== true) return undefined;
  const status = client.getTransactionStatus ? client.getTransactionStatus() : memories.get(client)?.status;
  return status !== 'I';
}

function isIdle(client: PostgresClient): boolean {
  return isInPostgresTransaction(client) === false;
}

/**
 * A connection goes back to the pool outside of any transaction and with nothing under way. Right after a failed statement
 * the status is not known yet, because PostgreSQL tells it in a message of its own; an empty statement waits for that.
 */
function clean(client: PostgresClient): void | Promise<void> {
  const memory = memories.get(client);
  if (memory?.marked) return forget(client, memory);
  if (!isIdle(client)) return rollBack(client);
}

/** Settings, roles, locks, listeners, temporary tables: nothing of it is for the next. */
async function forget(client: PostgresClient, memory: ClientMemory): Promise<void> {
  await rollBack(client);
  await client.query('DISCARD ALL');
  // pg would send the name of a statement that is prepared no more.
  client.connection.parsedStatements = {};
  memory.marked = false;
}

async function rollBack(client: PostgresClient): Promise<void> {
  if (client.readyForQuery !== true) await client.query('');
  if (!isIdle(client)) await client.query('ROLLBACK');
  if (!isIdle(client)) throw new Error('The connection is still busy after a rollback.');
}

async function close(client: PostgresClient, { signal }: VerbContext): Promise<void> {
  const hangUp = (): void => client.connection.stream.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  const memory = memories.get(client);
  // What happens to it from now on is meant to happen.
  if (memory) memory.lostBecause ??= new Error('Connection closed by its pool');
  try {
    await client.end();
  } finally {
    signal.removeEventListener('abort', hangUp);
  }
}
