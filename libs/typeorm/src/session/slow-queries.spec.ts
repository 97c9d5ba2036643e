import { describe, expect, it } from '@jest/globals';
import { withoutLiterals } from './slow-queries.js';

describe('the text of a slow statement', () => {
  it.each([
    ['a text', `SELECT 'secret'`, 'SELECT ?'],
    ['a text with quotes', `SELECT 'it''s secret', 1`, 'SELECT ?, ?'],
    ['a text with a backslash', String.raw`SELECT 'a\'secret', 1`, 'SELECT ?, ?'],
    ['a text that is cut off', `SELECT 'secret`, 'SELECT ?'],
    ['a text between dollars', 'SELECT $$secret$$, $q$secret$q$', 'SELECT ?, ?'],
    ['a text between dollars that is cut off', 'SELECT $q$secret', 'SELECT ?'],
    ['a number', 'SELECT 4711, 47.11', 'SELECT ?, ?'],
    ['a comment', 'SELECT /* secret */ 1 -- secret', 'SELECT   ?  '],
    ['a comment that is cut off', 'SELECT 1 /* secret', 'SELECT ?  '],
  ])('tells no value: %s', (_what, text, told) => expect(withoutLiterals(text)).toBe(told));

  it('keeps names and the places of parameters', () => {
    const text = 'SELECT t1.id FROM "order2" t1 WHERE t1.id = $1 AND `n2` > ?';
    expect(withoutLiterals(text)).toBe(text);
  });

  it('has at most 1,000 characters', () => {
    expect(withoutLiterals(`SELECT ${'column, '.repeat(10_000)}`)).toHaveLength(1_000);
  });
});
