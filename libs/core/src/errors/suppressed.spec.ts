import { describe, expect, it } from '@jest/globals';

import { suppressedError } from './suppressed.js';

describe('a suppressed error', () => {
  it('keeps both: the one that came last, and the one it would have hidden', () => {
    const [cleanUp, body] = [new Error('clean-up'), new Error('body')];
    expect(suppressedError(cleanUp, body, 'both')).toMatchObject({
      name: 'SuppressedError',
      message: 'both',
      error: cleanUp,
      suppressed: body,
    });
    expect(suppressedError(cleanUp, body)).toBeInstanceOf(Error);
  });
});
