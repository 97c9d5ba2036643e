import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { mysqlErrors, postgresErrors, sqliteErrors } from './connection-errors.js';

const withCode = (code: string): Error => Object.assign(new Error('…'), { code });

const NETWORK =
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENOTFOUND EAI_AGAIN';
const POSTGRES = '57P01 57P02 57P03 57P05 25P03 25P04 53300 08000 08006 08P01';
const MYSQL =
  'PROTOCOL_CONNECTION_LOST PROTOCOL_SEQUENCE_TIMEOUT ER_SERVER_SHUTDOWN ER_NORMAL_SHUTDOWN ER_CON_COUNT_ERROR ' +
  'ER_TOO_MANY_USER_CONNECTIONS ER_CONNECTION_KILLED ER_NEW_ABORTING_CONNECTION ER_ABORTING_CONNECTION';

describe('an error of a PostgreSQL connection', () => {
  it.each(`${NETWORK} ${POSTGRES}`.split(' '))('is %s', (code) =>
    expect(postgresErrors.isConnectionError(withCode(code))).toBe(true),
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
    for (const code of ['28P01', '28000', '3D000', '42501']) expect(postgresErrors.isFatal(withCode(code))).toBe(true);
    for (const code of ['ER_ACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR', 'ER_BAD_DB_ERROR'])
      expect(mysqlErrors.isFatal(withCode(code))).toBe(true);
  });

  it('is not a server that is away or has no room', () => {
    for (const code of ['57P03', '53300', 'ECONNREFUSED']) expect(postgresErrors.isFatal(withCode(code))).toBe(false);
    for (const code of ['ER_CON_COUNT_ERROR', 'ECONNREFUSED']) expect(mysqlErrors.isFatal(withCode(code))).toBe(false);
  });
});

describe('a transaction that may succeed if it is run again', () => {
  it('has failed to be serialised, or met another in a dead-lock', () => {
    for (const code of ['40001', '40P01']) expect(postgresErrors.isRetryable(withCode(code))).toBe(true);
    for (const code of ['ER_LOCK_DEADLOCK', 'ER_CHECKREAD']) expect(mysqlErrors.isRetryable(withCode(code))).toBe(true);
    for (const code of ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT'])
      expect(sqliteErrors.isRetryable(withCode(code))).toBe(true);
  });

  it('has not broken a rule, nor lost its connection', () => {
    for (const code of ['23505', '25P02', '57P01']) expect(postgresErrors.isRetryable(withCode(code))).toBe(false);
    for (const code of ['ER_DUP_ENTRY', 'PROTOCOL_CONNECTION_LOST'])
      expect(mysqlErrors.isRetryable(withCode(code))).toBe(false);
    expect(sqliteErrors.isRetryable(withCode('SQLITE_CONSTRAINT'))).toBe(false);
  });
});

describe('an error of a MySQL connection', () => {
  it.each(`${NETWORK} ${MYSQL}`.split(' '))('is %s', (code) =>
    expect(mysqlErrors.isConnectionError(withCode(code))).toBe(true),
  );

  it.each([
    `Can't add new command when connection is in closed state`,
    'Connection lost: The server closed the connection.',
  ])('is what mysql2 says without a code: %s', (message) =>
    expect(mysqlErrors.isConnectionError(new Error(message))).toBe(true),
  );

  it.each(['ER_DUP_ENTRY', 'ER_PARSE_ERROR', 'ER_LOCK_DEADLOCK'])('is not %s', (code) =>
    expect(mysqlErrors.isConnectionError(withCode(code))).toBe(false),
  );
});
