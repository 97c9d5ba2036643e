import { defineOptions } from '../options/option-spec.js';
import type {
  PoolCreationOptions,
  PoolLeakOptions,
  PoolMetricsOptions,
  PoolQueueOptions,
  PoolRetirementOptions,
  PoolTimeouts,
  PoolValidationOptions,
} from './pool-options.js';

/* A group of options for each collaborator of a pool. */

export const timeouts = defineOptions<PoolTimeouts>({
  create: {
    kind: 'duration',
    default: 15_000,
    infinity: 'no limit',
    description: 'A creation that takes longer has failed; what it brings later is destroyed.',
  },
  validate: {
    kind: 'duration',
    default: 5_000,
    infinity: 'no limit',
    description: 'A validation that takes longer has failed.',
  },
  reset: {
    kind: 'duration',
    default: 5_000,
    infinity: 'no limit',
    description: 'A reset that takes longer has failed, and the resource is destroyed.',
  },
  destroy: {
    kind: 'duration',
    default: 5_000,
    infinity: 'no limit',
    description: 'After this a resource counts as gone, whatever its destroy still does.',
  },
});

export const queue = defineOptions<PoolQueueOptions>({
  limit: {
    kind: 'integer',
    min: 1,
    default: 10_000,
    infinity: 'no limit',
    description: 'How many acquires may wait; the next one is refused.',
  },
});

export const creation = defineOptions<PoolCreationOptions>({
  concurrency: {
    kind: 'integer',
    min: 1,
    infinity: 'no limit but maxSize',
    absent: 'maxSize',
    description: 'How many creations may be under way at once.',
  },
  breaker: {
    kind: 'custom',
    expected: 'a CircuitBreaker, its options, or false',
    check: (value) =>
      value === false || (typeof value === 'object' && value !== null)
        ? undefined
        : 'must be a CircuitBreaker, its options, or false',
    absent: 'one of its own, which opens at the first failure for a growing, jittered pause of 100 to 10 000 ms',
    description: 'Guards creation.',
  },
  isFatal: {
    kind: 'function',
    absent: 'no error is',
    description: 'Whether a creation error cannot mend itself: all waiters are refused with it at once.',
  },
  onStart: {
    kind: 'choice',
    choices: ['fail', 'tolerate'],
    default: 'fail',
    description: 'Whether start() fails with the first creation that fails, or carries on without.',
  },
  whileOpen: {
    kind: 'choice',
    choices: ['wait', 'fail'],
    default: 'wait',
    description: 'What an acquire does while the breaker is open and no resource is alive that could be given to it.',
  },
});

export const validation = defineOptions<PoolValidationOptions>({
  ifIdleFor: {
    kind: 'duration',
    default: 500,
    zero: 'before each use',
    infinity: 'never before use',
    description: 'Ask before lending if the resource was last known good this long ago.',
  },
  every: {
    kind: 'duration',
    default: 30_000,
    infinity: 'never while idle',
    description: 'Ask idle resources about this often; keeps their connections alive.',
  },
  onReturn: { kind: 'boolean', default: false, description: 'Ask when a resource is given back.' },
  suspectOthers: {
    kind: 'boolean',
    default: true,
    description: 'After a failed validation, and after a freeze of the process, ask the others before they are lent.',
  },
});

export const retirement = defineOptions<PoolRetirementOptions>({
  maxUses: {
    kind: 'integer',
    min: 1,
    default: Infinity,
    infinity: 'no limit',
    description: 'A resource is destroyed after it was lent this often.',
  },
  jitter: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0.1,
    description: 'Share by which a lifetime is shorter than maxLifetime, drawn once per resource.',
  },
  replaceFirst: {
    kind: 'boolean',
    default: true,
    description: 'Create the successor before the lifetime of a resource ends that keeps the pool at minSize.',
  },
  order: {
    kind: 'choice',
    choices: ['lifo', 'fifo'],
    default: 'lifo',
    description: 'Which idle resource is lent next: the one used last, or the one idle for longest.',
  },
});

export const leaks = defineOptions<PoolLeakOptions>({
  after: {
    kind: 'duration',
    default: Infinity,
    infinity: 'never',
    description: 'A lease older than this is reported, once.',
  },
  stacks: {
    kind: 'choice',
    choices: ['never', 'suspected', 'always'],
    default: 'never',
    description: 'When to record where a lease was taken: costs microseconds.',
  },
  nested: {
    kind: 'boolean',
    default: false,
    description: 'Report an acquire in an async context that holds a lease of this pool already.',
  },
  stallAfter: {
    kind: 'duration',
    default: 10_000,
    infinity: 'never',
    description: 'Report once that all are lent, somebody waits and nothing has come back for this long.',
  },
});

export const metrics = defineOptions<PoolMetricsOptions>({
  sampleEvery: {
    kind: 'integer',
    min: 1,
    default: 64,
    description: 'Every how many acquires wait and use time are recorded; 1 records all.',
  },
});
