import type { Clock } from '../clock/clock.js';

/** Whose policy it is, for its messages, and what time it goes by. */
export interface PolicySetting {
  /** Begins the messages. */
  readonly what?: string;
  /** Name of the resource, for errors. */
  readonly resource?: string;
  /** @default systemClock */
  readonly clock?: Clock;
  /** A number in [0, 1), for tests. @default Math.random */
  readonly random?: () => number;
}
