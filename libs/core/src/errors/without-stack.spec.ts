import { describe, expect, it } from '@jest/globals';

import { withoutStack } from './without-stack.js';

describe('withoutStack', () => {
  it('makes an error whose stack is its message alone', () => {
    const error = withoutStack(() => new RangeError('too far'));
    expect(error.message).toBe('too far');
    expect(error.stack).toBe('RangeError: too far');
  });

  it('leaves other errors their stack, also if making one fails', () => {
    const limit = Error.stackTraceLimit;
    expect(() =>
      withoutStack(() => {
        throw new Error('cannot be made');
      }),
    ).toThrow('cannot be made');
    expect(Error.stackTraceLimit).toBe(limit);
    expect(new Error('another').stack).toContain('without-stack.spec');
  });
});
