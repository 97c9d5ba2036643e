import { describe, expect, it } from '@jest/globals';
import type { Dialect } from '../session/connection-source.js';
import { mysqlDialect } from './mysql.dialect.js';
import { postgresDialect } from './postgres.dialect.js';

const codeOf = (code: string): Error => Object.assign(new Error(code), { code });

/** A connection of pg or mysql2 that fails with `error`, and what it was sent. */
const connection = (error?: Error): { sent: unknown[]; query: (...parameters: unknown[]) => Promise<unknown> } => {
  const sent: unknown[] = [];
  const query = (text: unknown, answered?: unknown): Promise<unknown> => {
    sent.push(text);
    if (typeof answered === 'function') answered(error, { serverStatus: 2 });
    else if (error) return Promise.reject(error);
    return Promise.resolve({ rows: [] });
  };
  return { sent, query };
};

const families: [string, Dialect, string, string][] = [
  ['PostgreSQL', postgresDialect, '', '57014'],
  ['MySQL', mysqlDialect({ createConnection: () => connection() as never }), 'DO 0', 'ER_QUERY_INTERRUPTED'],
];

describe.each(families)('after a cancellation on %s', (_name, dialect, statement, cancelled) => {
  it('a statement that does nothing is sent', async () => {
    const fenced = connection();
    await dialect.fence(fenced);
    expect(fenced.sent).toEqual([statement]);
  });

  it('the cancellation may hit that statement, and nothing else may', async () => {
    await dialect.fence(connection(codeOf(cancelled)));
    await expect(dialect.fence(connection(codeOf('08006')))).rejects.toMatchObject({ code: '08006' });
  });
});
