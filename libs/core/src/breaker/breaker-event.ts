import type { ChangeReason } from './circuit-watcher.js';
import type { CircuitMode, CircuitState } from './circuit-state.js';
import type { TripReason } from './trip-rule.js';

/** What happens to a breaker. Those marked "calls" are told only to who observes with `{ calls: true }`. */
export type BreakerEvent =
  | {
      readonly type: 'breaker.state.changed';
      readonly from: CircuitState;
      readonly to: CircuitState;
      readonly reason: ChangeReason;
    }
  | {
      readonly type: 'breaker.mode.changed';
      readonly from: CircuitMode;
      readonly to: CircuitMode;
      readonly reason: string | undefined;
    }
  | {
      readonly type: 'breaker.rejected';
      readonly state: CircuitState;
      readonly mode: CircuitMode;
      readonly retryAfter: number;
    }
  /** `took` is there if calls are timed. */
  | { readonly type: 'breaker.call.failed'; readonly error: unknown; readonly took?: number }
  | { readonly type: 'breaker.call.slow'; readonly took: number }
  | { readonly type: 'breaker.rate.exceeded'; readonly reason: TripReason | 'outcome' }
  | { readonly type: 'breaker.reset' }
  /** calls */
  | { readonly type: 'breaker.call.succeeded'; readonly took?: number }
  /** calls */
  | { readonly type: 'breaker.call.ignored'; readonly error: unknown; readonly took?: number };

/** Called synchronously. What it throws, or a promise it returns rejects with, is reported and goes no further. */
export type BreakerListener = (event: BreakerEvent) => void;

/** A change of state or mode that `history()` remembers. */
export interface BreakerChange {
  /** Wall clock, milliseconds since the epoch: when it was due, which may be before somebody noticed. */
  readonly at: number;
  readonly what: 'state' | 'mode';
  readonly from: string;
  readonly to: string;
  readonly reason: string | undefined;
}
