import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { mysqlErrors, postgresErrors } from './connection-errors.js';

const withCode = (code: string): Error => Object.assign(new Error('…'), { code });

describe('an error of a PostgreSQL connection', () => {
  it.each(['57P01', '57P02', '57P03', '08006', '08P01', '53300', 'ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', '25P03'])(
    'is %s',
    (code) => expect(postgresErrors.isConnectionError(withCode(code))).toBe(true),
  );

  it.each(['23505', '42601', '40001', '25P02', '53100', '57014', '28P01'])('is not %s', (code) =>
    expect(postgresErrors.isConnectionError(withCode(code))).toBe(false),
  );

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated',
    'timeout expired',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
  ])('is what pg says without a code: %s', (message) =>
    expect(postgresErrors.isConnectionError(new Error(message))).toBe(true),
  );

  it('is seen through the wrapping of TypeORM', () => {
    expect(postgresErrors.isConnectionError(new QueryFailedError('SELECT 1', [], withCode('57P01')))).toBe(true);
  });

  it('is not made of nothing', () => {
    for (const nothing of [undefined, null, 'text', 42, {}])
      expect(postgresErrors.isConnectionError(nothing)).toBe(false);
  });
});

describe('what trying again cannot mend', () => {
  it('is a wrong password or an unknown database', () => {
    expect(['28P01', '3D000'].map((code) => postgresErrors.isFatal(withCode(code)))).toEqual([true, true]);
    expect(mysqlErrors.isFatal(withCode('ER_ACCESS_DENIED_ERROR'))).toBe(true);
  });
});

describe('an error of a MySQL connection', () => {
  it.each(['PROTOCOL_CONNECTION_LOST', 'ER_SERVER_SHUTDOWN', 'ER_CON_COUNT_ERROR', 'ECONNRESET'])('is %s', (code) =>
    expect(mysqlErrors.isConnectionError(withCode(code))).toBe(true),
  );

  it.each(['ER_DUP_ENTRY', 'ER_PARSE_ERROR', 'ER_LOCK_DEADLOCK'])('is not %s', (code) =>
    expect(mysqlErrors.isConnectionError(withCode(code))).toBe(false),
  );
});
