import { describe, expect, it } from '@jest/globals';

import { checkOptions, findProblems } from './check-options.js';
import { defineOptions, type OptionTable } from './option-spec.js';
import { OptionsError } from './options.error.js';

interface Options {
  readonly maxSize: number;
  readonly minSize: number;
  readonly maxIdle: number;
  readonly timeout: number;
  readonly sweep?: number;
  readonly rate: number;
  readonly jitter: number;
  readonly order: string;
  readonly label?: string;
  readonly strict: boolean;
  readonly create: unknown;
  readonly clock?: unknown;
  readonly queue: { readonly limit: number };
  readonly leaks?: { readonly after: number };
}

const table = defineOptions<Options>(
  {
    maxSize: { kind: 'integer', min: 1, max: 100, default: 10, description: 'Most.' },
    minSize: { kind: 'integer', min: 0, default: 0, description: 'Fewest.' },
    maxIdle: {
      kind: 'integer',
      min: 0,
      default: { derive: ({ maxSize = 1 }) => maxSize, text: 'maxSize' },
      infinity: 'all',
      description: 'Most idle.',
    },
    timeout: { kind: 'duration', default: 30_000, infinity: 'no limit', max: 60_000, description: 'How long.' },
    sweep: { kind: 'duration', zero: 'at once', absent: 'never', description: 'How often.' },
    rate: { kind: 'percent', default: 50, description: 'How much.' },
    jitter: { kind: 'number', min: 0, max: 1, default: 0.1, description: 'How uneven.' },
    order: { kind: 'choice', choices: ['lifo', 'fifo'], default: 'lifo', description: 'Which first.' },
    label: { kind: 'text', maxLength: 5, description: 'Which.' },
    strict: { kind: 'boolean', default: false, description: 'Whether.' },
    create: { kind: 'function', required: true, description: 'Makes one.' },
    clock: {
      kind: 'custom',
      expected: 'a Clock',
      check: (value) => (typeof value === 'object' ? undefined : 'must be a Clock'),
      description: 'Time.',
    },
    queue: {
      kind: 'group',
      table: defineOptions<{ limit: number }>({
        limit: { kind: 'integer', min: 1, default: 5, description: 'Longest.' },
      }),
      description: 'Who waits.',
    },
    leaks: {
      kind: 'group',
      optional: true,
      table: defineOptions<{ after: number }>({ after: { kind: 'duration', default: 100, description: 'When.' } }),
      description: 'Who forgets.',
    },
  },
  [
    ({ minSize = 0, maxSize = Infinity }) =>
      minSize > maxSize ? { option: 'minSize', problem: `must not exceed maxSize (${String(maxSize)})` } : undefined,
  ],
);

const create = (): void => undefined;
const check = (options: object): Options => checkOptions<Options>(table, { create, ...options }, { subject: 'Pool' });
const problems = (options: object, of: OptionTable = table): string[] =>
  findProblems(of, { create, ...options }).map(({ option, problem }) => `${option}: ${problem}`);

describe('checked options', () => {
  it('have their defaults, also those of groups and those derived from others', () => {
    expect(check({ maxSize: 7 })).toEqual({
      maxSize: 7,
      minSize: 0,
      maxIdle: 7,
      timeout: 30_000,
      rate: 50,
      jitter: 0.1,
      order: 'lifo',
      strict: false,
      create,
      queue: { limit: 5 },
    });
    expect(check({ leaks: {} }).leaks).toEqual({ after: 100 });
    expect(check({ maxSize: undefined }).maxSize).toBe(10);
  });

  it('are frozen copies, whatever happens to what was given', () => {
    const given = { create, queue: { limit: 3 } };
    const checked = checkOptions<Options>(table, given, { subject: 'Pool' });
    given.queue.limit = 99;
    expect(checked.queue.limit).toBe(3);
    expect([Object.isFrozen(checked), Object.isFrozen(checked.queue)]).toEqual([true, true]);
  });

  it('may be left out altogether if nothing is required', () => {
    const free = defineOptions<{ size: number }>({
      size: { kind: 'integer', min: 1, default: 2, description: 'Size.' },
    });
    expect(checkOptions(free, undefined, { subject: 'Pool' })).toEqual({ size: 2 });
  });
});

describe('what is refused', () => {
  it('is an unknown option, with the one that was probably meant', () => {
    expect(problems({ maxsize: 1 })).toEqual(["maxsize: is not an option; did you mean 'maxSize'?"]);
    expect(problems({ queue: { limits: 1 } })).toEqual(["queue.limits: is not an option; did you mean 'limit'?"]);
    expect(problems({ somethingElse: 1 })[0]).toContain('known options: maxSize, minSize');
    expect(problems({ toString: 1 })[0]).toContain('toString: is not an option');
  });

  it('is everything that is wrong, at once, in one error that names it', () => {
    const wrong = { maxSize: 0, timeout: '10', order: 'random', queue: { limit: 1.5 }, unknown: true };
    const error = attemptError(() => check(wrong));
    expect(error).toBeInstanceOf(OptionsError);
    expect(error.code).toBe('OPTIONS_INVALID');
    expect(error.problems.map(({ option }) => option)).toEqual([
      'unknown',
      'maxSize',
      'timeout',
      'order',
      'queue.limit',
    ]);
    expect(error.message.split('\n')).toHaveLength(6);
    expect(() => checkOptions(table, {}, { subject: 'Pool', path: 'pools.smtp' })).toThrow(
      'pools.smtp.create: is required',
    );
  });

  it.each([
    [{ maxSize: 101 }, 'maxSize: must be a whole number of at least 1 and at most 100, got 101'],
    [{ maxSize: 1.5 }, 'maxSize: must be a whole number'],
    [{ maxSize: Infinity }, 'maxSize: must be a whole number'],
    [{ maxSize: '10' }, "got '10'"],
    [{ maxSize: NaN }, 'got NaN'],
    [{ maxSize: null }, 'got null'],
    [{ timeout: 0 }, 'timeout: must be milliseconds above 0 and at most 60000, or Infinity (no limit), got 0'],
    [{ timeout: -1 }, 'timeout: must be milliseconds'],
    [{ timeout: 60_001 }, 'at most 60000'],
    [{ sweep: Infinity }, 'sweep: must be milliseconds of at least 0, got Infinity'],
    [{ rate: 0 }, 'rate: must be percent, above 0 up to 100, got 0'],
    [{ rate: 100.1 }, 'percent'],
    [{ jitter: 1.01 }, 'jitter: must be a number of at least 0 and at most 1'],
    [{ order: 'random' }, "order: must be one of 'lifo', 'fifo', got 'random'"],
    [{ label: '' }, 'label: must be a non-empty text of at most 5 characters'],
    [{ label: 'abcdef' }, 'at most 5 characters'],
    [{ strict: 1 }, 'strict: must be true or false, got 1'],
    [{ create: undefined }, 'create: is required: Makes one.'],
    [{ create: {} }, 'create: must be a function, got an object (Object)'],
    [{ clock: 1 }, 'clock: must be a Clock'],
    [{ queue: 5 }, 'queue: must be an object with options, got 5'],
    [{ queue: [] }, 'got an array of 0'],
  ])('is %j', (options, message) => {
    expect(problems(options).join('\n')).toContain(message);
  });

  it('is not what the table allows at its edges', () => {
    const edges = {
      maxSize: 100,
      maxIdle: Infinity,
      timeout: Infinity,
      sweep: 0,
      rate: 100,
      jitter: 1,
      label: 'abcde',
      minSize: 100,
    };
    expect(problems(edges)).toEqual([]);
  });

  it('is what breaks a rule over several options, but only if each is right by itself', () => {
    expect(problems({ minSize: 11 })).toEqual(['minSize: must not exceed maxSize (10)']);
    expect(problems({ minSize: 11, maxSize: 'x' })).toEqual([expect.stringContaining('maxSize: must be')]);
  });

  it('is not an object at all', () => {
    expect(() => checkOptions(table, 'no', { subject: 'Pool' })).toThrow(
      "Pool: must be an object with options, got 'no'",
    );
  });

  it('is shown without secrets', () => {
    expect(problems({ order: 'postgres://me:hunter2@db' })[0]).not.toContain('hunter2');
  });
});

describe('options errors', () => {
  it('can be joined, so that a boot says all there is to mend', () => {
    const first = new OptionsError('Pool', [{ option: 'a', problem: 'is wrong' }]);
    const second = new OptionsError('Breaker', [{ option: 'b', problem: 'is wrong too' }]);
    expect(OptionsError.join('ResourceModule', [first, second]).message).toBe(
      'ResourceModule:\n  - a: is wrong\n  - b: is wrong too',
    );
  });
});

function attemptError(work: () => unknown): OptionsError {
  try {
    work();
  } catch (error) {
    return error as OptionsError;
  }
  throw new Error('Nothing was thrown.');
}
