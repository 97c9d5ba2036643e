import type { Clock } from '../clock/clock.js';

/** Whose policy it is, for its messages, and what time it goes by. */
export interface PolicySetting {
  /** Begins the messages. */
  readonly what?: string | undefined;
  /** Name of the resource, for errors. */
  readonly resource?: string | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** A number in [0, 1), for tests. @default Math.random */
  readonly random?: (() => number) | undefined;
}
