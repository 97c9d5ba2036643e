import fc from 'fast-check';

import type { PoolOptions } from './pool-options.js';
import type { Thing } from './pool-world.fixture.js';

/** How a verb of the user behaves this time. */
export type Behaviour = 'now' | 'soon' | 'slow' | 'throws' | 'rejects' | 'hangs' | 'late' | 'obeys' | 'no' | 'dies';

/** Which listener is there: it may throw, reject, or do to the pool whatever comes to its mind while the pool is at work. */
export type Listening = 'quietly' | 'throwing' | 'rejecting' | 'meddling';

export type Step =
  | { do: 'acquire'; timeout: number | undefined }
  | { do: 'use'; hold: number; fails: boolean }
  | { do: 'tryAcquire' | 'acquireAborted' | 'start' | 'suspend' | 'resume' | 'drain' | 'close' | 'look' }
  | { do: 'evictAll' | 'evictAllHard' | 'evictOdd' | 'evictOddHard' | 'sleep' | 'clockBack' }
  | { do: 'release' | 'releaseAgain' | 'destroy' | 'detach' | 'abort' | 'die'; which: number }
  | { do: 'evict' | 'evictHard' | 'evictLease' | 'evictLeaseHard'; which: number }
  | { do: 'advance' | 'block' | 'freeze'; by: number }
  | { do: 'watchLeaks'; after: number; stacks: 'never' | 'suspected' | 'always'; nested: boolean }
  | { do: 'resize'; minSize: number; maxSize: number };

export interface Plan {
  readonly maxSize: number;
  readonly minSize: number;
  readonly options: Partial<PoolOptions<Thing>>;
  readonly create: Behaviour[];
  readonly destroy: Behaviour[];
  readonly validate: Behaviour[] | undefined;
  readonly reset: Behaviour[] | undefined;
  readonly listening: Listening;
  readonly steps: Step[];
}

const behaviour = (...more: Behaviour[]): fc.Arbitrary<Behaviour> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<Behaviour>('now', 'soon', 'slow') },
    fc.constantFrom<Behaviour>(...more),
  );
const behaviours = (...more: Behaviour[]): fc.Arbitrary<Behaviour[]> =>
  fc.array(behaviour(...more), { minLength: 1, maxLength: 6 });
const which = fc.nat(7);
/** It makes every promise slower. */
const rarely = fc.constantFrom(false, false, false, false, false, false, false, true);

/** One of these, with nothing more to say about it. */
const plainly = <D extends string>(...names: D[]): fc.Arbitrary<{ do: D }> =>
  fc.record({ do: fc.constantFrom(...names) });
/** One of these, of one of the leases, things or waiters there are. */
const ofOne = <D extends string>(...names: D[]): fc.Arbitrary<{ do: D; which: number }> =>
  fc.record({ do: fc.constantFrom(...names), which });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      timeout: fc.constantFrom(0, 20, 60, 400, Infinity, undefined),
    }),
  },
  { weight: 8, arbitrary: ofOne('release', 'release', 'releaseAgain') },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('use' as const), hold: fc.constantFrom(0, 10, 90), fails: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'advance' as const,
        'advance' as const,
        'advance' as const,
        'block' as const,
        'freeze' as const,
      ),
      by: fc.constantFrom(1, 5, 30, 120, 700),
    }),
  },
  { weight: 4, arbitrary: ofOne('destroy', 'detach', 'abort', 'abort', 'die') },
  { weight: 2, arbitrary: ofOne('evict', 'evictHard', 'evictLease', 'evictLeaseHard') },
  { weight: 2, arbitrary: plainly('tryAcquire', 'tryAcquire', 'acquireAborted', 'look') },
  { weight: 3, arbitrary: plainly('start', 'suspend', 'resume', 'resume', 'drain') },
  { weight: 1, arbitrary: plainly('evictAll', 'evictAllHard', 'evictOdd', 'evictOddHard') },
  { weight: 1, arbitrary: plainly('sleep', 'clockBack') },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('watchLeaks' as const),
      after: fc.constantFrom(30, Infinity),
      stacks: fc.constantFrom('never' as const, 'suspected' as const, 'always' as const),
      nested: rarely,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resize' as const),
      minSize: fc.nat(3),
      maxSize: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: plainly('close') },
);

const options: fc.Arbitrary<Partial<PoolOptions<Thing>>> = fc.record({
  idleTimeout: fc.constantFrom(50, 600_000),
  maxLifetime: fc.constantFrom(200, 1_800_000),
  acquireTimeout: fc.constantFrom(100, 30_000),
  destroyOnError: fc.constantFrom(
    () => true,
    () => false,
    (): boolean => {
      throw new Error('no answer');
    },
  ),
  queue: fc.record({ limit: fc.constantFrom(2, 10_000) }),
  creation: fc.record({
    breaker: fc.constantFrom(
      { recoveryTimeout: { initial: 20, max: 100 } },
      { failureThreshold: 3, recoveryTimeout: { initial: 20, max: 100 } },
      false as const,
    ),
    concurrency: fc.constantFrom(1, 3),
    onStart: fc.constantFrom('fail' as const, 'tolerate' as const),
    whileOpen: fc.constantFrom('wait' as const, 'fail' as const),
    isFatal: fc.constantFrom(
      () => false,
      (error: unknown) => (error as Error).message === 'create threw',
    ),
  }),
  validation: fc.record({
    ifIdleFor: fc.constantFrom(0, 500),
    every: fc.constantFrom(40, 30_000),
    onReturn: fc.boolean(),
    suspectOthers: fc.boolean(),
  }),
  retirement: fc.record({
    maxUses: fc.constantFrom(1, 2, Infinity),
    order: fc.constantFrom('lifo' as const, 'fifo' as const),
    replaceFirst: fc.boolean(),
  }),
  leaks: fc.record({ after: fc.constantFrom(30, Infinity), nested: rarely }),
});

/** Most plans are short, which finds the same sooner; a few are long. */
const steps = fc.oneof(
  { weight: 9, arbitrary: fc.array(step, { maxLength: 30, size: 'max' }) },
  { weight: 1, arbitrary: fc.array(step, { minLength: 60, maxLength: 120, size: 'max' }) },
);

/** Whatever may be done with a pool, in any order, against whatever its verbs may do. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    maxSize: fc.integer({ min: 1, max: 4 }),
    minSize: fc.nat(3),
    options,
    maxIdle: fc.constantFrom(undefined, undefined, 0, 1),
    create: behaviours('throws', 'rejects', 'hangs', 'late', 'obeys', 'dies'),
    destroy: behaviours('throws', 'rejects', 'hangs', 'late'),
    validate: fc.option(behaviours('throws', 'rejects', 'hangs', 'no', 'late', 'dies'), { nil: undefined }),
    reset: fc.option(behaviours('throws', 'rejects', 'hangs', 'late', 'dies'), { nil: undefined }),
    listening: fc.constantFrom<Listening>('quietly', 'throwing', 'rejecting', 'meddling'),
    steps,
  })
  .map(({ maxIdle, ...drawn }) => ({
    ...drawn,
    minSize: Math.min(drawn.minSize, drawn.maxSize, maxIdle ?? Infinity),
    options: maxIdle === undefined ? drawn.options : { ...drawn.options, maxIdle },
  }));
