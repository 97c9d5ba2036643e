import { describe, expect, it } from '@jest/globals';

import { describeOptions } from './describe-options.js';
import { defineOptions } from './option-spec.js';

const table = defineOptions({
  name: { kind: 'text', required: true, description: 'Its name.' },
  timeout: { kind: 'duration', default: 30_000, zero: 'at once', infinity: 'never', description: 'How long.' },
  size: { kind: 'integer', min: 1, default: { derive: () => 7, text: '`maxSize`' }, description: 'How many.' },
  pause: {
    kind: 'custom',
    expected: 'a pause',
    check: () => undefined,
    default: { initial: 100 },
    description: 'How.',
  },
  hook: { kind: 'function', absent: 'nothing happens', description: 'What then.' },
  group: {
    kind: 'group',
    description: 'More.',
    table: defineOptions({ flag: { kind: 'boolean', default: false, description: 'Whether.' } }),
  },
  switch: { kind: 'group', optional: true, description: 'Rarely.', table: defineOptions({}) },
});

describe('describeOptions', () => {
  it('says of each option what it may be and what leaving it out means', () => {
    expect(describeOptions(table)).toEqual([
      { option: 'name', accepts: 'a non-empty text', absent: 'required', description: 'Its name.' },
      {
        option: 'timeout',
        accepts: 'milliseconds of at least 0, or Infinity (never); 0: at once',
        absent: '30 000',
        description: 'How long.',
      },
      { option: 'size', accepts: 'a whole number of at least 1', absent: '`maxSize`', description: 'How many.' },
      { option: 'pause', accepts: 'a pause', absent: 'initial 100', description: 'How.' },
      { option: 'hook', accepts: 'a function', absent: 'nothing happens', description: 'What then.' },
      { option: 'group', accepts: 'options', absent: 'their defaults', description: 'More.' },
      { option: 'group.flag', accepts: 'true or false', absent: 'false', description: 'Whether.' },
      { option: 'switch', accepts: 'options', absent: 'off', description: 'Rarely.' },
    ]);
  });
});
