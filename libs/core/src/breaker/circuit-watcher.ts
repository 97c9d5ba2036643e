import type { CircuitState } from './circuit-state.js';
import type { TripReason } from './trip-rule.js';

/** Why a circuit changed its state. */
export type ChangeReason =
  TripReason | 'outcome' | 'recovery due' | 'recovered' | 'trial failed' | 'no answer' | 'reset' | 'mode';

export interface StateChange {
  /** Wall clock at which it was due. */
  readonly at: number;
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: ChangeReason;
}

/** Told after a change is complete. */
export interface CircuitWatcher {
  stateChanged(change: StateChange): void;
  /** The rule, or an outcome, says that the circuit must open. It does, unless it is only watched. */
  exceeded(reason: TripReason | 'outcome'): void;
}
