import { beforeEach, describe, expect, it } from '@jest/globals';
import { postgresDialect } from '../driver/postgres.dialect.js';
import { TransactionAbortedError, TransactionEndedError } from './session.errors.js';
import { TransactionFate } from './transaction-fate.js';

const connection = {};
/** What the server says: whether it is in a transaction. */
let inside: boolean | undefined;
/** What TypeORM believes. */
let active: boolean;
let ending: boolean;
let fate: TransactionFate;

beforeEach(() => {
  active = true;
  ending = false;
  const dialect = { ...postgresDialect, isInTransaction: () => inside };
  fate = new TransactionFate(dialect, { isActive: () => active, isEnding: () => ending }, undefined);
  inside = true;
  fate.afterAnswer('START TRANSACTION', {}, connection);
});

describe('what becomes of a transaction', () => {
  it('a commit is not sent once the server says that there is none, whoever ended it', () => {
    inside = false;
    expect(() => fate.beforeSending('COMMIT', connection)).toThrow(TransactionEndedError);
    expect(fate.overBecause).toBeInstanceOf(TransactionEndedError);
  });

  it('a commit is sent if there is one, or nobody knows', () => {
    for (const known of [true, undefined]) {
      inside = known;
      fate.beforeSending('COMMIT', connection);
    }
    expect(fate.overBecause).toBeUndefined();
  });

  it('a statement that ended it says so; one that was to end it does not', () => {
    inside = false;
    expect(() => fate.afterAnswer('CREATE TABLE t', {}, connection)).toThrow(/CREATE/);
    active = false;
    fate.forget();
    expect(fate.overBecause).toBeUndefined();
    active = ending = true;
    fate.afterAnswer('COMMIT', { command: 'COMMIT' }, connection);
    expect(fate.overBecause).toBeUndefined();
  });

  it('a commit that the server answers by a rollback has the first failure as its cause', () => {
    const first = new Error('duplicate key');
    fate.afterFailure('INSERT', first);
    fate.afterFailure('SELECT', new Error('current transaction is aborted'));
    const commit = (): void => fate.afterAnswer('COMMIT', { command: 'ROLLBACK' }, connection);
    expect(commit).toThrow(TransactionAbortedError);
    expect(commit).toThrow(expect.objectContaining({ cause: first }));
  });

  it.each([
    ['COMMIT', true, 'unknown'],
    ['COMMIT', false, 'rolled back'],
    ['INSERT', true, 'rolled back'],
  ])('of a connection that is lost at %s (sent: %s) it is %s', (text, sent, told) => {
    expect(fate.lost(text, new Error('reset'), sent).transaction).toBe(told);
    active = false;
    expect(fate.lost(text, new Error('reset'), sent).transaction).toBe('none');
  });
});
