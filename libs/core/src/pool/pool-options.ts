import type { CircuitBreakerOptions } from '../breaker/breaker-options.js';
import type { CreationBreaker } from './creation-gate.js';
import type { Clock } from '../clock/clock.js';

/** What a verb of the user is given. */
export interface VerbContext {
  /** Aborted when the verb's timeout is over or the pool closes. Made when it is first read. */
  readonly signal: AbortSignal;
}

/** What `create` is given. */
export interface CreateContext extends VerbContext {
  /**
   * For the resource itself to say that it is dead, e.g. `socket.once('close', died)`. An idle resource leaves the pool at
   * once, a lent one when it comes back. May be called at any time, any number of times, from anywhere.
   */
  readonly died: (reason?: unknown) => void;
}

/** How long the verbs may take, in milliseconds. `Infinity` sets no limit. */
export interface PoolTimeouts {
  /** A creation that takes longer has failed; what it brings later is destroyed. @default 15_000 */
  readonly create?: number;
  /** A validation that takes longer has failed. @default 5_000 */
  readonly validate?: number;
  /** A reset that takes longer has failed, and the resource is destroyed. @default 5_000 */
  readonly reset?: number;
  /** After this a resource counts as gone, whatever its destroy still does. @default 5_000 */
  readonly destroy?: number;
}

/** Those who wait. */
export interface PoolQueueOptions {
  /** How many may wait; the next one is refused with `PoolQueueFullError`. `Infinity` sets no limit. @default 10_000 */
  readonly limit?: number;
}

/** How resources come to be. */
export interface PoolCreationOptions {
  /** How many creations may be under way at once. @default maxSize */
  readonly concurrency?: number;
  /**
   * Guards creation: after failures it lets nothing through for a growing, jittered pause, then a single trial. `false`
   * leaves no more than 10 ms of rest after a failure; a breaker of yours may guard several pools of one server.
   */
  readonly breaker?: CreationBreaker | CircuitBreakerOptions | false;
  /** Whether a creation error cannot mend itself (wrong password): all waiters are refused with it at once. @default none */
  readonly isFatal?: (error: unknown) => boolean;
  /** Whether `start()` fails with the first creation that fails, or carries on without. @default 'fail' */
  readonly onStart?: 'fail' | 'tolerate';
  /**
   * What an acquire does while the breaker is open and no resource is alive that could be given to it: wait within its
   * timeout, or fail at once with the reason. @default 'wait'
   */
  readonly whileOpen?: 'wait' | 'fail';
}

/** When `validate` is asked. */
export interface PoolValidationOptions {
  /** Before lending, if the resource was last known good this many milliseconds ago. 0 always asks. @default 500 */
  readonly ifIdleFor?: number;
  /** Idle resources, about this often; it keeps their connections alive. @default 30_000 */
  readonly every?: number;
  /** When a resource is given back. @default false */
  readonly onReturn?: boolean;
  /** After a failed validation, and after a freeze of the process, the others are asked before they are lent. @default true */
  readonly suspectOthers?: boolean;
}

/** Who must go, and in which order resources are used. */
export interface PoolRetirementOptions {
  /** A resource is destroyed after it was lent this often. @default Infinity */
  readonly maxUses?: number;
  /** Share by which each resource's lifetime is shorter than `maxLifetime`, drawn once per resource. @default 0.1 */
  readonly jitter?: number;
  /** Before a lifetime ends that keeps the pool at `minSize`, create the successor first, if there is room. @default true */
  readonly replaceFirst?: boolean;
  /** Which idle resource is lent next: the one used last (lets the others go cold) or first (spreads load). @default 'lifo' */
  readonly order?: 'lifo' | 'fifo';
}

/** Who holds what for too long. */
export interface PoolLeakOptions {
  /** A lease older than this is reported, once. @default Infinity */
  readonly after?: number;
  /** When to record where a lease was taken: costs microseconds. 'suspected': while somebody waits or a leak was seen. @default 'never' */
  readonly stacks?: 'never' | 'suspected' | 'always';
  /** Report an acquire in an async context that holds a lease of this pool already: it may wait for itself. @default false */
  readonly nested?: boolean;
  /** All lent, somebody waits and nothing has come back for this long: reported once. @default 10_000 */
  readonly stallAfter?: number;
}

/** What is measured. */
export interface PoolMetricsOptions {
  /** Every how many acquires wait and use time are recorded; 1 records all. @default 64 */
  readonly sampleEvery?: number;
}

/**
 * Options of a pool. All durations are milliseconds; `Infinity` switches a duration off; 0 is refused unless it says
 * otherwise.
 */
export interface PoolOptions<T> {
  /** Name in errors, events, metrics and the registry. */
  readonly name: string;

  /** Makes a resource. What it throws or rejects with is a failed creation. */
  readonly create: (context: CreateContext) => T | Promise<T>;
  /** Ends a resource. @default nothing is done */
  readonly destroy?: (resource: T, context: VerbContext) => unknown;
  /** Whether a resource is still good: `true`, `undefined` or no error means yes, `false` or an error no. @default never asked */
  readonly validate?: (resource: T, context: VerbContext) => boolean | void | Promise<boolean | void>;
  /** Makes a resource as good as new when it is given back. An error destroys it. @default nothing is done */
  readonly reset?: (resource: T, context: VerbContext) => unknown;

  /** The most resources that exist at once: those being created or destroyed included. @default 10 */
  readonly maxSize?: number;
  /** What `start()` opens, and what is kept open from then on. @default 0 */
  readonly minSize?: number;
  /** Idle resources above it are destroyed. @default maxSize */
  readonly maxIdle?: number;
  /** How long an acquire waits. @default 30_000 */
  readonly acquireTimeout?: number;
  /** A resource that nobody used for this long is destroyed, down to `minSize`. @default 600_000 */
  readonly idleTimeout?: number;
  /** A resource older than this is not lent any more. @default 1_800_000 */
  readonly maxLifetime?: number;
  /** For `use()`: does this error of the work condemn the resource? @default none does */
  readonly destroyOnError?: (error: unknown) => boolean;

  readonly timeouts?: PoolTimeouts;
  readonly queue?: PoolQueueOptions;
  readonly creation?: PoolCreationOptions;
  readonly validation?: PoolValidationOptions;
  readonly retirement?: PoolRetirementOptions;
  readonly leaks?: PoolLeakOptions;
  readonly metrics?: PoolMetricsOptions;

  /** @default systemClock */
  readonly clock?: Clock;
  /** A number in [0, 1), for tests. @default Math.random */
  readonly random?: () => number;
}

/** How one acquire differs from the others. */
export interface AcquireOptions {
  /** Milliseconds; `Infinity` waits for ever, 0 does not wait. @default acquireTimeout of the pool */
  readonly timeout?: number;
  /** Gives up when aborted: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Says in errors, events and reports who holds the resource. */
  readonly label?: string;
  /** How long this lease may be held before it counts as a leak. @default leaks.after of the pool */
  readonly leakAfter?: number;
}

/** What may be changed while the pool runs. */
export interface PoolBounds {
  readonly minSize?: number;
  readonly maxSize?: number;
}
