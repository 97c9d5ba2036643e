import type { Readable } from 'node:stream';
import type { QueryRunner } from 'typeorm';

type Listener = (...parameters: unknown[]) => void;
export type StreamParameters = [sql: string, parameters?: unknown[], onEnd?: Listener, onError?: Listener];
export type QueryParameters = [sql: string, parameters?: unknown[], structured?: boolean];

/** TypeORM's own methods that are replaced, for whoever replaces them to call. */
export interface Originals {
  readonly query: (this: QueryRunner, ...parameters: QueryParameters) => Promise<unknown>;
  readonly stream: (this: QueryRunner, ...parameters: StreamParameters) => Promise<Readable>;
  readonly commitTransaction: (this: QueryRunner) => Promise<void>;
  readonly rollbackTransaction: (this: QueryRunner) => Promise<void>;
}

/** Does for a query runner what concerns its connection. */
export interface RunnerOwner {
  connect(): Promise<object>;
  query(...parameters: QueryParameters): Promise<unknown>;
  stream(...parameters: StreamParameters): Promise<Readable>;
  end(how: 'commitTransaction' | 'rollbackTransaction'): Promise<void>;
}

const OWNER = Symbol('owner');

interface Tamed {
  [OWNER]: RunnerOwner;
}

/**
 * Replaces, on the instance, the few methods of a query runner that deal with its connection. The functions are the same for
 * all runners: made anew for each, they would be a large part of what a short session costs.
 *
 * @returns what was there before
 */
export function tame(runner: QueryRunner, owner: RunnerOwner): Originals {
  const { query: ownQuery, stream: ownStream, commitTransaction, rollbackTransaction } = runner as unknown as Originals;
  const tamed = runner as unknown as Record<string | symbol, unknown> & Tamed;
  tamed[OWNER] = owner;
  tamed['connect'] = connect;
  tamed['query'] = query;
  tamed['stream'] = stream;
  tamed['commitTransaction'] = commit;
  tamed['rollbackTransaction'] = rollBack;
  tamed['release'] = nothing;
  // TypeORM's own commits what is open, even when an error ends the block.
  tamed[Symbol.asyncDispose] = nothing;
  return { query: ownQuery, stream: ownStream, commitTransaction, rollbackTransaction };
}

function connect(this: Tamed): Promise<object> {
  return this[OWNER].connect();
}

function query(this: Tamed, ...parameters: QueryParameters): Promise<unknown> {
  return this[OWNER].query(...parameters);
}

function stream(this: Tamed, ...parameters: StreamParameters): Promise<Readable> {
  return this[OWNER].stream(...parameters);
}

function commit(this: Tamed): Promise<void> {
  return this[OWNER].end('commitTransaction');
}

function rollBack(this: Tamed): Promise<void> {
  return this[OWNER].end('rollbackTransaction');
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
