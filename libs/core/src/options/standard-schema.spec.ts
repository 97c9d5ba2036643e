import { describe, expect, it } from '@jest/globals';

import { defineOptions } from './option-spec.js';
import { toStandardSchema, type StandardIssue } from './standard-schema.js';

interface Settings {
  readonly maxSize?: number;
  readonly queue?: { readonly limit?: number };
}

const table = defineOptions<Required<Settings>>(
  {
    maxSize: { kind: 'integer', min: 1, default: 10, description: 'Most.' },
    queue: {
      kind: 'group',
      table: defineOptions<{ limit: number }>({
        limit: { kind: 'integer', min: 1, default: 5, description: 'Longest.' },
      }),
      description: 'Who waits.',
    },
  },
  [({ maxSize }) => (maxSize === 13 ? { option: 'maxSize', problem: 'must not be 13' } : undefined)],
);

const { '~standard': schema } = toStandardSchema<Settings, Required<Settings>>(table);

function issues(value: unknown): readonly StandardIssue[] {
  return schema.validate(value).issues ?? [];
}

describe('a standard schema of an option table', () => {
  it('says what it is', () => {
    expect([schema.version, schema.vendor]).toEqual([1, 'nestjs-resources']);
  });

  it('gives what the check gives: defaults filled in, frozen', () => {
    const result = schema.validate({ maxSize: 3 });
    expect(result).toEqual({ value: { maxSize: 3, queue: { limit: 5 } } });
    expect('value' in result && Object.isFrozen(result.value)).toBe(true);
    expect(schema.validate(undefined)).toEqual({ value: { maxSize: 10, queue: { limit: 5 } } });
  });

  it('gives every problem with the path to it', () => {
    expect(issues({ maxSize: 0, queue: { limit: 'x', limits: 1 } })).toEqual([
      { message: 'must be a whole number of at least 1, got 0', path: ['maxSize'] },
      { message: "is not an option; did you mean 'limit'?", path: ['queue', 'limits'] },
      { message: "must be a whole number of at least 1, got 'x'", path: ['queue', 'limit'] },
    ]);
    expect(issues('no')).toEqual([{ message: "must be an object with options, got 'no'", path: [] }]);
    expect(issues({ maxSize: 13 })).toEqual([{ message: 'must not be 13', path: ['maxSize'] }]);
  });
});
