import type { Dialect, StatementRunner } from '../session/connection-source.js';
import { mysqlErrors } from './connection-errors.js';
import { leavesState } from './lasting-state.js';
import {
  isInMysqlTransaction,
  markMysqlDirty,
  type MysqlConnection,
  mysqlLostBecause,
  type MysqlPackage,
  queryMysql,
} from './mysql.connection.js';

const INTERRUPTED = 'ER_QUERY_INTERRUPTED';

/** What sessions have to know of MySQL and MariaDB. */
export function mysqlDialect(mysql: MysqlPackage): Dialect {
  return {
    errors: mysqlErrors,
    lostBecause: mysqlLostBecause,
    onLost: (connection, listener) => {
      const { stream } = connection as MysqlConnection;
      stream.once('close', listener);
      return () => void stream.removeListener('close', listener);
    },
    // The server has begun to send all rows, and does.
    streamsGoOn: true,
    isInTransaction: (connection) => isInMysqlTransaction(connection as MysqlConnection),
    gate: (connection, run) => gate(connection as MysqlConnection, run),
    isRefusedCommit: () => false,
    undoesTransaction: (error) => mysqlErrors.isRetryable(error),
    rollBack: (connection) => queryMysql(connection as MysqlConnection, ['ROLLBACK']),
    cancel: (connection, signal) => kill(mysql, connection as MysqlConnection, signal),
    fence: async (connection) => {
      await queryMysql(connection as MysqlConnection, ['DO 0']).catch((error: { code?: string }) => {
        if (error.code !== INTERRUPTED) throw error;
      });
    },
    modes: ({ readOnly }) => ({ before: readOnly ? ['SET TRANSACTION READ ONLY'] : [], after: [] }),
  };
}

/** The connection itself, but its statements run one at a time. A stream looks after itself. */
function gate(connection: MysqlConnection, run: StatementRunner): object {
  const query = (...parameters: unknown[]): Promise<[unknown, unknown]> =>
    run(textOf(parameters[0]), () => {
      const answer = queryMysql(connection, parameters);
      // After its answer, which says only whether a transaction is open.
      return leavesState(textOf(parameters[0])) ? answer.finally(() => markMysqlDirty(connection)) : answer;
    });
  const stream = (...parameters: unknown[]): unknown => {
    markMysqlDirty(connection);
    const command = connection.query(...parameters);
    // A stream that was left hears no error any more; that of its cancellation would break the connection.
    command.on('error', () => undefined);
    return command;
  };
  return new Proxy(connection, {
    get(target, key) {
      if (key === 'promise') return () => ({ query });
      if (key === 'query') return stream;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** `KILL QUERY` needs a connection of its own, made for this and ended at once. */
async function kill(mysql: MysqlPackage, connection: MysqlConnection, signal: AbortSignal): Promise<void> {
  const { host, port, user, password, ssl, socketPath } = connection.config;
  const place = Object.entries({ host, port, user, password, ssl, socketPath }).filter(([, value]) => Boolean(value));
  const killer = mysql.createConnection(Object.fromEntries(place));
  killer.on('error', () => undefined);
  signal.addEventListener('abort', () => killer.stream.destroy(), { once: true });
  try {
    await killer.promise().query(`KILL QUERY ${connection.threadId}`);
  } finally {
    killer.destroy();
  }
}

/** A statement is a text, or an object that has one. */
function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const { sql } = (statement ?? {}) as { sql?: unknown };
  return typeof sql === 'string' ? sql : '';
}
