import type { Dialect, StatementRunner } from '../session/connection-source.js';
import { postgresErrors } from './connection-errors.js';
import { type PostgresClient, postgresLostBecause, type PostgresResult } from './postgres.connection.js';

/** What sessions have to know of PostgreSQL. */
export const postgresDialect: Dialect = {
  errors: postgresErrors,
  lostBecause: postgresLostBecause,
  gate: (connection, run) => gate(connection as PostgresClient, run),
  isRefusedCommit: (text, result) =>
    (result as PostgresResult | undefined)?.command === 'ROLLBACK' && /^\s*(?:commit|end)\b/i.test(text),
  rollBack: (connection) => (connection as PostgresClient).query('ROLLBACK'),
  modes: ({ readOnly }) => ({ before: [], after: readOnly ? ['SET TRANSACTION READ ONLY'] : [] }),
};

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
