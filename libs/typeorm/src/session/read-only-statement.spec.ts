import { describe, expect, it } from '@jest/globals';
import { isRead } from './read-only-statement.js';

describe('what a replica can serve', () => {
  it.each([
    'SELECT * FROM orders',
    '  (SELECT 1) UNION (SELECT 2)',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    'SHOW work_mem',
    'EXPLAIN SELECT 1',
  ])('%s', (sql) => expect(isRead(sql)).toBe(true));

  it.each([
    'INSERT INTO orders VALUES (1)',
    'WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone',
    'SELECT * FROM orders FOR UPDATE',
    'SELECT * FROM orders FOR NO KEY UPDATE',
    'SELECT * FROM orders FOR SHARE',
    `SELECT nextval('ids')`,
    'SELECT 1 INTO t',
    'EXPLAIN ANALYZE DELETE FROM orders',
    'SET work_mem = 1',
    'CALL settle()',
    '',
  ])('not: %s', (sql) => expect(isRead(sql)).toBe(false));
});
