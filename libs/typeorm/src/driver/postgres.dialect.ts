import type { Dialect, StatementRunner } from '../session/connection-source.js';
import { postgresErrors } from './connection-errors.js';
import { leavesState } from './lasting-state.js';
import { cancelPostgresStatement, fencePostgresClient } from './postgres.cancel.js';
import {
  isInPostgresTransaction,
  markPostgresClient,
  type PostgresClient,
  postgresLostBecause,
} from './postgres.connection.js';

const IN_FAILED_TRANSACTION = '25P02';

/** What sessions have to know of PostgreSQL. */
export const postgresDialect: Dialect = {
  errors: postgresErrors,
  lostBecause: postgresLostBecause,
  onLost: (connection, listener) => {
    const client = connection as PostgresClient;
    client.once('end', listener);
    return () => void client.removeListener('end', listener);
  },
  // A portal is closed, and what it has not yielded is never sent.
  streamsGoOn: false,
  isInTransaction: (connection) => isInPostgresTransaction(connection as PostgresClient),
  gate: (connection, run) => gate(connection as PostgresClient, run),
  isRefusedCommit,
  // It refuses all further statements instead.
  undoesTransaction: () => false,
  rollBack: (connection) => (connection as PostgresClient).query('ROLLBACK'),
  cancel: (connection, signal) => cancelPostgresStatement(connection as PostgresClient, signal),
  fence: (connection) => fencePostgresClient(connection as PostgresClient),
  modes: ({ readOnly, deferrable }) => ({
    before: [],
    after: [...(readOnly ? ['SET TRANSACTION READ ONLY'] : []), ...(deferrable ? ['SET TRANSACTION DEFERRABLE'] : [])],
  }),
};

function isRefusedCommit(text: string, answer: unknown): boolean {
  const { command, code } = (answer ?? {}) as { command?: string; code?: string };
  if (command === 'ROLLBACK') return /^\s*(?:commit|end)\b/i.test(text);
  return code === IN_FAILED_TRANSACTION && /^\s*release\b/i.test(text);
}

/** The client itself, but its statements run one at a time. Streams and callbacks look after themselves. */
function gate(client: PostgresClient, run: StatementRunner): object {
  const query = (...parameters: unknown[]): unknown => {
    const [statement] = parameters;
    if (typeof statement === 'string' && leavesState(statement)) markPostgresClient(client);
    return typeof statement === 'string' && typeof parameters.at(-1) !== 'function'
      ? run(statement, () => client.query(...parameters))
      : client.query(...parameters);
  };
  return new Proxy(client, {
    get(target, key) {
      if (key === 'query') return query;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
