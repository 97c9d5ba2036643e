import { describe, expect, it } from '@jest/globals';

import { closest } from './closest.js';

describe('closest', () => {
  it.each([
    ['maxSzie', 'maxSize'],
    ['acquiretimeout', 'acquireTimeout'],
    ['bd', 'db'],
    ['payment', 'payments'],
    ['lable', 'label'],
  ])('takes %s for a mistyped %s', (word, meant) => {
    expect(closest(word, ['maxSize', 'acquireTimeout', 'db', 'payments', 'label', 'minSize'])).toBe(meant);
  });

  it.each(['zz', 'x', '', 'somethingElse'])('guesses nothing for %p', (word) => {
    expect(closest(word, ['c', 'maxSize', 'db'])).toBeUndefined();
  });
});
