import type { EventEmitter } from 'node:events';
import type { CreateContext, VerbContext } from '@nestjs-resources/core';
import type { ConnectionVerbs } from './database-server.js';

type Callback = (error?: unknown) => void;

/** What we use of a connection of mysql2. */
export interface MysqlConnection extends EventEmitter {
  readonly threadId: number;
  readonly config: Readonly<Record<'host' | 'port' | 'user' | 'password' | 'ssl' | 'socketPath', unknown>>;
  readonly stream: EventEmitter & { destroy(): void };
  promise(): { query(...parameters: unknown[]): Promise<[unknown, unknown]> };
  query(...parameters: unknown[]): EventEmitter;
  connect(callback: Callback): void;
  ping(callback: Callback): void;
  /** COM_RESET_CONNECTION: rolls back, and forgets variables, locks and temporary tables. */
  reset(callback: Callback): void;
  end(callback: Callback): void;
  /** Refuses further statements and ends its half of the socket; the other half is the server's affair. */
  destroy(): void;
}

/** The package mysql2, or one that looks like it. */
export interface MysqlPackage {
  createConnection(options: object): MysqlConnection;
}

/** What we remember of each connection. */
interface ConnectionMemory {
  lostBecause: unknown;
  /** Statements under way. */
  running: number;
  /** In a transaction, or without autocommit, as the server said last. */
  dirty: boolean;
  /** In a transaction, as the server said last. */
  inTransaction: boolean;
}

const memories = new WeakMap<object, ConnectionMemory>();

/** Bits of the status that MySQL sends with each OK. */
const IN_TRANSACTION = 1;
const AUTOCOMMIT = 2;

/** The first error of the connection's socket. */
export function mysqlLostBecause(connection: object): unknown {
  return memories.get(connection)?.lostBecause;
}

export function mysqlVerbs(mysql: MysqlPackage, options: () => object): ConnectionVerbs<MysqlConnection> {
  return {
    open: (context) => open(mysql.createConnection(options()), context),
    clean,
    ping: (connection) => called((done) => connection.ping(done)),
    close,
  };
}

/**
 * Runs one statement and listens to what the server says about the transaction. By a callback, because for each statement
 * mysql2's own promises make a wrapper and capture a stack.
 */
export function queryMysql(
  connection: MysqlConnection,
  [statement, values]: readonly unknown[],
): Promise<[unknown, unknown]> {
  const memory = memories.get(connection);
  return new Promise((resolve, reject) => {
    const answered = (error: unknown, result: unknown, fields: unknown): void => {
      if (memory) memory.running--;
      if (error) return reject(error as Error);
      const { serverStatus } = (result ?? {}) as { serverStatus?: unknown };
      if (memory && typeof serverStatus === 'number') follow(memory, serverStatus);
      resolve([result, fields]);
    };
    if (values === undefined) connection.query(statement, answered);
    else connection.query(statement, values, answered);
    if (memory) memory.running++;
  });
}

function follow(memory: ConnectionMemory, serverStatus: number): void {
  memory.inTransaction = (serverStatus & IN_TRANSACTION) !== 0;
  memory.dirty = memory.inTransaction || (serverStatus & AUTOCOMMIT) === 0;
}

/** Whether it is in a transaction, as the server said last; `undefined` while a statement is under way. */
export function isInMysqlTransaction(connection: MysqlConnection): boolean | undefined {
  const memory = memories.get(connection);
  return memory && memory.running === 0 ? memory.inTransaction : undefined;
}

/** A stream is a statement under way until it has ended; only a reset knows. */
export function markMysqlDirty(connection: object): void {
  const memory = memories.get(connection);
  if (memory) memory.dirty = true;
}

async function open(connection: MysqlConnection, { signal, died }: CreateContext): Promise<MysqlConnection> {
  const memory: ConnectionMemory = { lostBecause: undefined, running: 0, dirty: false, inTransaction: false };
  memories.set(connection, memory);
  let opened = false;
  const broken = (error: unknown): void => {
    if (memory.lostBecause !== undefined) return;
    memory.lostBecause = error;
    if (opened) died(error);
  };
  // For the whole life of the connection. One whose error nobody hears ends the process.
  connection.on('error', broken);
  connection.stream.on('close', () => broken(new Error('Connection lost: the server closed it.')));
  const giveUp = (): void => hangUp(connection);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await called((done) => connection.connect(done));
    opened = true;
    return connection;
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** A connection goes back to the pool outside of any transaction and with nothing under way. */
function clean(connection: MysqlConnection): void | Promise<void> {
  const memory = memories.get(connection);
  if (memory && !memory.dirty && memory.running === 0) return;
  return reset(connection, memory);
}

async function reset(connection: MysqlConnection, memory: ConnectionMemory | undefined): Promise<void> {
  await called((done) => connection.reset(done));
  if (memory) memory.dirty = false;
}

async function close(connection: MysqlConnection, { signal }: VerbContext): Promise<void> {
  const memory = memories.get(connection);
  const busy = memory !== undefined && (memory.running > 0 || memory.lostBecause !== undefined);
  // What happens to it from now on is meant to happen.
  if (memory) memory.lostBecause ??= new Error('Connection closed by its pool');
  if (busy) return hangUp(connection);
  const giveUp = (): void => hangUp(connection);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await called((done) => connection.end(done));
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Without waiting for the server. */
function hangUp(connection: MysqlConnection): void {
  connection.destroy();
  connection.stream.destroy();
}

function called(call: (done: Callback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error as Error) : resolve()));
  });
}
