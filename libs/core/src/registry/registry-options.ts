import type { BackoffOptions } from '../call/backoff.js';
import type { Clock } from '../clock/clock.js';
import type { ResourceEvents } from '../events/resource-events.js';

/** How a resource takes its place among the others. */
export interface RegisterOptions {
  /** Names of what must run before this one starts, and may close only after it. */
  readonly dependsOn?: readonly string[];
  /** Names of what starts before and closes after this one, whether or not it runs. */
  readonly after?: readonly string[];
  /**
   * Whether a failed start is fatal for all, and whether its health reaches readiness.
   *
   * @default true for the kinds `pool` and `data-source`, false for all others
   */
  readonly critical?: boolean;
  /** Start only when `started(name)`, or a resource that depends on it, asks. @default false */
  readonly lazy?: boolean;
  /** Milliseconds for each call; `Infinity` sets no limit. @default those of the registry */
  readonly timeouts?: { readonly start?: number; readonly close?: number };
}

export interface ResourceRegistryOptions {
  /** Where everything that happens is told. @default an own `ResourceEvents` */
  readonly events?: ResourceEvents;
  /** Milliseconds for the start of each resource. @default 30_000 */
  readonly startTimeout?: number;
  /** Milliseconds for the graceful close of each resource. @default 10_000 */
  readonly closeTimeout?: number;
  /** Pause before what failed and was not critical is started again. @default { initial: 1_000, max: 60_000 } */
  readonly retry?: number | BackoffOptions;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Draws the jitter; for tests. @default Math.random */
  readonly random?: () => number;
}
