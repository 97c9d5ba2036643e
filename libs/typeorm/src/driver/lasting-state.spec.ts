import { describe, expect, it } from '@jest/globals';
import { leavesState } from './lasting-state.js';

describe('what a statement leaves behind', () => {
  it.each([
    "SET search_path = 'tenant'",
    'set role admin',
    'SELECT 1; SET statement_timeout = 5',
    "SELECT set_config('app.user', $1, false)",
    'SELECT pg_advisory_lock(7)',
    'SELECT pg_try_advisory_lock_shared(7)',
    'LISTEN orders',
    'PREPARE p AS SELECT 1',
    'CREATE TEMPORARY TABLE t (n int)',
    'SELECT 1 AS n INTO TEMP t',
    'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
    "SELECT GET_LOCK('a', 1)",
    'LOCK TABLES a WRITE',
    'SELECT @n := 1',
  ])('%s: something', (text) => expect(leavesState(text)).toBe(true));

  it.each([
    'SELECT * FROM offsets',
    'UPDATE orders SET state = $1',
    'SET LOCAL statement_timeout = 5',
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'SET CONSTRAINTS ALL DEFERRED',
    'SELECT pg_advisory_xact_lock(7)',
    "PREPARE TRANSACTION 'x'",
    'START TRANSACTION',
    'LOCK TABLE accounts',
    'CREATE TABLE t (n int)',
  ])('%s: nothing', (text) => expect(leavesState(text)).toBe(false));

  it.each(['; SET ROLE admin', '; SELECT Pg_Advisory_Lock(7)', ' RETURNING Set_Config (a, b, false)', ' @n := 1'])(
    'is found at the end of a long text, too: %s',
    (end) => {
      const long = 'INSERT INTO t VALUES '.padEnd(249_900, '($1, $2), ');
      expect(leavesState(long)).toBe(false);
      expect(leavesState(long + end)).toBe(true);
    },
  );

  it('is taken for granted of a text that is too long to read', () => {
    expect(leavesState('SELECT 1'.padEnd(250_000))).toBe(false);
    expect(leavesState('SELECT 1'.padEnd(250_001))).toBe(true);
  });
});
