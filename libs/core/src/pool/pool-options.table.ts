import { systemClock } from '../clock/system-clock.js';
import { checkOptions } from '../options/check-options.js';
import { defineOptions, type OptionRule, type OptionSpec } from '../options/option-spec.js';
import { creation, leaks, metrics, queue, retirement, timeouts, validation } from './pool-option-groups.table.js';
import type {
  PoolBounds,
  PoolCreationOptions,
  PoolLeakOptions,
  PoolMetricsOptions,
  PoolOptions,
  PoolQueueOptions,
  PoolRetirementOptions,
  PoolTimeouts,
  PoolValidationOptions,
} from './pool-options.js';

type Defaulted<O, Without extends keyof O = never> = Required<Omit<O, Without>> & Pick<O, Without>;

/** Options after the check: defaults filled in, frozen. */
export interface CheckedPoolOptions<T> extends Defaulted<
  Omit<PoolOptions<T>, 'timeouts' | 'queue' | 'creation' | 'validation' | 'retirement' | 'leaks' | 'metrics'>,
  'destroy' | 'validate' | 'reset' | 'destroyOnError' | 'maxIdle'
> {
  readonly timeouts: Required<PoolTimeouts>;
  readonly queue: Required<PoolQueueOptions>;
  readonly creation: Defaulted<PoolCreationOptions, 'breaker' | 'isFatal' | 'concurrency'>;
  readonly validation: Required<PoolValidationOptions>;
  readonly retirement: Required<PoolRetirementOptions>;
  readonly leaks: Required<PoolLeakOptions>;
  readonly metrics: Required<PoolMetricsOptions>;
}

const minWithinMax: OptionRule = ({ minSize, maxSize }: Readonly<{ minSize?: number; maxSize?: number }>) =>
  minSize !== undefined && maxSize !== undefined && minSize > maxSize
    ? { option: 'minSize', problem: `must not exceed maxSize (${maxSize}), got ${minSize}` }
    : undefined;

const minWithinMaxIdle: OptionRule = ({ minSize, maxIdle }: Readonly<{ minSize?: number; maxIdle?: number }>) =>
  minSize !== undefined && maxIdle !== undefined && minSize > maxIdle
    ? { option: 'maxIdle', problem: `must be at least minSize (${minSize}), got ${maxIdle}` }
    : undefined;

/** All options of a pool: check, defaults, schema and docs derive from it. */
export const poolOptionTable = defineOptions<PoolOptions<unknown>>(
  {
    name: {
      kind: 'text',
      required: true,
      maxLength: 200,
      description: 'Name in errors, events, metrics and the registry.',
    },
    create: { kind: 'function', required: true, description: 'Makes a resource; gets { signal, died }.' },
    destroy: { kind: 'function', absent: 'nothing is done', description: 'Ends a resource; gets it and { signal }.' },
    validate: {
      kind: 'function',
      absent: 'never asked',
      description: 'Whether a resource is still good: false or an error means no; gets it and { signal }.',
    },
    reset: {
      kind: 'function',
      absent: 'nothing is done',
      description: 'Makes a resource as good as new when it is given back; gets it and { signal }.',
    },
    maxSize: {
      kind: 'integer',
      min: 1,
      default: 10,
      description: 'The most resources that exist at once, those being created or destroyed included.',
    },
    minSize: {
      kind: 'integer',
      min: 0,
      default: 0,
      description: 'What start() opens, and what is kept open from then on.',
    },
    maxIdle: {
      kind: 'integer',
      min: 0,
      infinity: 'no limit but maxSize',
      absent: 'maxSize',
      description: 'Idle resources above it are destroyed.',
    },
    acquireTimeout: {
      kind: 'duration',
      default: 30_000,
      infinity: 'waits for ever',
      description: 'How long an acquire waits.',
    },
    idleTimeout: {
      kind: 'duration',
      default: 600_000,
      infinity: 'never',
      description: 'A resource that nobody used for this long is destroyed, down to minSize.',
    },
    maxLifetime: {
      kind: 'duration',
      default: 1_800_000,
      infinity: 'no limit',
      description: 'A resource older than this is not lent any more.',
    },
    destroyOnError: {
      kind: 'function',
      absent: 'no error does',
      description: 'For use(): whether an error of the work condemns the resource.',
    },
    timeouts: { kind: 'group', table: timeouts, description: 'How long the verbs may take.' },
    queue: { kind: 'group', table: queue, description: 'Those who wait.' },
    creation: { kind: 'group', table: creation, description: 'How resources come to be.' },
    validation: { kind: 'group', table: validation, description: 'When validate is asked.' },
    retirement: {
      kind: 'group',
      table: retirement,
      description: 'Who must go, and in which order resources are used.',
    },
    leaks: { kind: 'group', table: leaks, description: 'Who holds what for too long.' },
    metrics: { kind: 'group', table: metrics, description: 'What is measured.' },
    clock: {
      kind: 'custom',
      expected: 'a Clock',
      check: (value) => (isObject(value) && 'schedule' in value ? undefined : 'must be a Clock'),
      default: { derive: () => systemClock, text: 'the clock of the system' },
      description: 'The source of time.',
    },
    random: {
      kind: 'custom',
      expected: 'a function',
      check: isFunction,
      default: { derive: () => Math.random, text: 'Math.random' },
      description: 'For tests.',
    },
  },
  [minWithinMax, minWithinMaxIdle],
);

/**
 * Checks the options of a pool and fills in the defaults.
 *
 * @throws {OptionsError} naming every mistake
 */
export function checkPoolOptions<T>(options: PoolOptions<T>): CheckedPoolOptions<T> {
  const name = (options as Partial<PoolOptions<T>> | undefined)?.name;
  const subject = typeof name === 'string' ? `Pool '${name}'` : 'Pool';
  return checkOptions<CheckedPoolOptions<T>>(poolOptionTable, options, {
    subject,
    ...(typeof name === 'string' && { resource: name }),
  });
}

const boundsTable = defineOptions<PoolBounds>(
  { minSize: poolOptionTable.specs['minSize'] as OptionSpec, maxSize: poolOptionTable.specs['maxSize'] as OptionSpec },
  [minWithinMax],
);

/** @throws {OptionsError} */
export function checkPoolBounds(name: string, bounds: PoolBounds): Required<PoolBounds> {
  return checkOptions<Required<PoolBounds>>(boundsTable, bounds, {
    subject: `Resizing pool '${name}'`,
    resource: name,
  });
}

/**
 * What is left out stays as it is.
 *
 * @throws {OptionsError}
 */
export function checkLeakOptions(name: string, options: PoolLeakOptions): PoolLeakOptions {
  const checked = checkOptions<Required<PoolLeakOptions>>(leaks, options, {
    subject: `Watching leaks of pool '${name}'`,
    resource: name,
  });
  const said = Object.entries(checked).filter(([option]) => options[option as keyof PoolLeakOptions] !== undefined);
  return Object.fromEntries(said);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isFunction(value: unknown): string | undefined {
  return typeof value === 'function' ? undefined : 'must be a function';
}
