import type { EntityManager } from 'typeorm';
import type { Session } from './session.js';

/** SQL's isolation levels, as TypeORM writes them. */
export type IsolationLevel = 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

export interface SessionOptions {
  /** Which server: 'replica' reads from one of the replicas, if there are any. @default 'primary' */
  readonly mode?: 'primary' | 'replica';
  /** Ends the wait for a connection, and the statement under way. */
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for a connection. @default the pool's acquireTimeout */
  readonly acquireTimeout?: number;
  /** Names the session in errors and in the pool's reports on who holds what. */
  readonly label?: string;
}

export interface TransactionOptions {
  /** @default the data source's isolationLevel, else the database's own */
  readonly isolation?: IsolationLevel;
  /** The database refuses writes. @default false */
  readonly readOnly?: boolean;
}

/** Work in a session. Its first argument is for the entities, its second for everything else. */
export type SessionWork<R> = (manager: EntityManager, session: Session) => R | Promise<R>;
