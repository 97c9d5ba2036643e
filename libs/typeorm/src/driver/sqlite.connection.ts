import type { ConnectionVerbs } from './database-server.js';
import type { StatementRunner } from '../session/connection-source.js';

/** What we use of a database of better-sqlite3 or sql.js. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  /** Of better-sqlite3. */
  readonly inTransaction?: boolean;
}

/** Who works on the connection, as far as the end of his turn concerns him. */
export interface Flushable {
  /** Of sql.js: saves what was changed, if it shall. */
  flush?(): Promise<void>;
}

const BEGINS = /^\s*(?:begin|savepoint)\b/i;
const ENDS = /^\s*(?:commit|end|rollback(?!.*\bto\b))\b/i;
const READ_ONLY = /^\s*pragma\s+query_only\b/i;

/** Where the statements of a runner go, given what its `connect()` gave. */
interface Way {
  readonly connection: SqliteConnection;
  readonly run: StatementRunner;
}

const ways = new WeakMap<object, Way>();

/** Sends a statement of `user` the way that leads through what his `connect()` gave. */
export function sendThrough<R>(given: object, user: Flushable, text: string, send: () => Promise<R>): Promise<R> {
  const way = ways.get(given);
  if (!way) return send();
  way.connection.user = user;
  return way.run(text, send);
}

/**
 * The one connection of a SQLite database, in the hands of whoever's turn it is. Remembers what must not outlast the turn:
 * an open transaction, and that writing is forbidden.
 */
export class SqliteConnection {
  /** Whose turn it is. */
  user: Flushable | undefined;
  private open = false;
  private readOnly = false;

  /** @param current - the database as it is now: sql.js puts another in its place when it loads one */
  constructor(private readonly current: () => SqliteDatabase) {}

  /** The database itself, for statements that go through {@link run}. */
  lend(): SqliteDatabase {
    const database = this.current();
    ways.set(database, { connection: this, run: (text, send) => this.run(text, send) });
    return database;
  }

  /** The database, but TypeORM's statements go through `run` first. */
  gate(run: StatementRunner): object {
    const gated = new Proxy(this.current(), {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    ways.set(gated, { connection: this, run: (text, send) => run(text, () => this.run(text, send)) });
    return gated;
  }

  /** Whether a transaction is open: known of better-sqlite3, concluded from the statements with sql.js. */
  get isInTransaction(): boolean {
    return this.current().inTransaction ?? this.open;
  }

  /** Undoes an open transaction. */
  rollBack(): void {
    if (this.isInTransaction) undo(this.current());
    this.open = false;
    this.allowWriting();
  }

  /** Makes it fit for the next: nothing is open, and what was changed is saved. */
  clean(): void | Promise<void> {
    const { user } = this;
    this.user = undefined;
    this.rollBack();
    return user?.flush?.();
  }

  private async run<R>(text: string, send: () => Promise<R>): Promise<R> {
    if (BEGINS.test(text)) this.open = true;
    if (READ_ONLY.test(text)) this.readOnly = true;
    const answer = await send();
    if (ENDS.test(text)) {
      this.open = false;
      this.allowWriting();
    }
    return answer;
  }

  private allowWriting(): void {
    if (this.readOnly) this.current().exec('PRAGMA query_only = OFF');
    this.readOnly = false;
  }
}

/** Turns are made, not opened: TypeORM opens the database. */
export function sqliteVerbs(current: () => SqliteDatabase): ConnectionVerbs<SqliteConnection> {
  return {
    open: async () => new SqliteConnection(current),
    clean: (connection) => connection.clean(),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** Some failures have undone the transaction already. */
function undo(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK');
  } catch (error) {
    if (!/no transaction is active/.test((error as Error).message)) throw error;
  }
}
