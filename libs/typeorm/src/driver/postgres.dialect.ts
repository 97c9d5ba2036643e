import type { Dialect, StatementRunner } from '../session/connection-source.js';
import { postgresErrors } from './connection-errors.js';
import { cancelPostgresStatement, fencePostgresClient } from './postgres.cancel.js';
import { type PostgresClient, postgresLostBecause } from './postgres.connection.js';

const IN_FAILED_TRANSACTION = '25P02';

/** What sessions have to know of PostgreSQL. */
export const postgresDialect: Dialect = {
  errors: postgresErrors,
  lostBecause: postgresLostBecause,
  gate: (connection, run) => gate(connection as PostgresClient, run),
  isRefusedCommit,
  // It refuses all further statements instead.
  undoesTransaction: () => false,
  rollBack: (connection) => (connection as PostgresClient).query('ROLLBACK'),
  cancel: (connection) => cancelPostgresStatement(connection as PostgresClient),
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
