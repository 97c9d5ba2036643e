import type { Dialect } from '../session/connection-source.js';
import { driverErrorOf, sqliteErrors } from './connection-errors.js';
import type { SqliteConnection } from './sqlite.connection.js';

/** These undo the whole transaction. @see https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction */
const UNDOING = /^SQLITE_(?:FULL|IOERR|NOMEM|INTERRUPT)/;

/** What sessions have to know of SQLite. A statement occupies the thread until it ends, so there is nothing to cancel. */
export const sqliteDialect: Dialect = {
  errors: sqliteErrors,
  streamsGoOn: false,
  lostBecause: () => undefined,
  onLost: () => () => undefined,
  isInTransaction: (connection) => (connection as SqliteConnection).isInTransaction,
  gate: (connection, run) => (connection as SqliteConnection).gate(run),
  isRefusedCommit: () => false,
  undoesTransaction: (error) => UNDOING.test(String((driverErrorOf(error) as { code?: unknown } | undefined)?.code)),
  rollBack: async (connection) => (connection as SqliteConnection).rollBack(),
  cancel: () => Promise.resolve(),
  fence: () => Promise.resolve(),
  // Taken back by the connection when the transaction ends.
  modes: ({ readOnly }) => ({ before: readOnly ? ['PRAGMA query_only = ON'] : [], after: [] }),
};
