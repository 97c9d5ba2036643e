import type { CircuitState } from './circuit-state.js';
import type { TripReason } from './trip-rule.js';

/** Why a circuit changed its state. */
export type ChangeReason =
  TripReason | 'outcome' | 'recovery due' | 'recovered' | 'trial failed' | 'no answer' | 'reset' | 'mode';

/** Told after a change is complete. */
export interface CircuitWatcher {
  stateChanged(from: CircuitState, to: CircuitState, reason: ChangeReason): void;
  /** The rule says that the circuit must open. It does, unless it is only watched. */
  exceeded(reason: TripReason): void;
}
