/** What the engine knows of the service behind it. Lower case, as in Uno. */
export const CircuitState = { CLOSED: 'closed', OPEN: 'open', HALF_OPEN: 'half_open' } as const;
export type CircuitState = (typeof CircuitState)[keyof typeof CircuitState];

/** What the operator wants of the breaker, whatever the engine knows. */
export const CircuitMode = {
  /** The engine decides. */
  AUTO: 'auto',
  /** No call passes. */
  FORCED_OPEN: 'forced_open',
  /** Every call passes; what would have opened the circuit is only told. */
  METRICS_ONLY: 'metrics_only',
  /** Every call passes, none is counted. */
  DISABLED: 'disabled',
} as const;
export type CircuitMode = (typeof CircuitMode)[keyof typeof CircuitMode];
