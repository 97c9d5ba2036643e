import type { BreakerMode } from './breaker-mode.js';
import type { CircuitMode, CircuitState } from './circuit-state.js';
import type { Circuit } from './circuit.js';

/** What outlives a process. Times are relative, so another host's clock does not matter. */
export interface BreakerSnapshot {
  readonly version: 1;
  readonly state: CircuitState;
  /** Milliseconds the circuit still stays open; 0 unless it is open. */
  readonly remaining: number;
  /** How often in a row it has opened; the growing recovery goes on from there. */
  readonly openings: number;
  /** Failures in a row; windows begin anew. */
  readonly failureCount: number;
  readonly mode: CircuitMode;
  readonly modeReason: string | null;
  /** Milliseconds the mode still lasts, `null` if it stays. */
  readonly modeRemaining: number | null;
  /** What comes then; the mode itself if it stays. */
  readonly nextMode: CircuitMode;
  readonly nextModeReason: string | null;
}

export function takeSnapshot(circuit: Circuit, modes: BreakerMode): BreakerSnapshot {
  const { state } = circuit;
  const mode = modes.current;
  return {
    version: 1,
    state,
    remaining: state === 'open' ? circuit.retryAfter : 0,
    openings: circuit.openings,
    failureCount: circuit.rule.figures().failureCount,
    mode,
    modeReason: modes.reason ?? null,
    modeRemaining: modes.remaining === Infinity ? null : modes.remaining,
    nextMode: modes.next.mode,
    nextModeReason: modes.next.reason ?? null,
  };
}

const STATES: readonly unknown[] = ['closed', 'open', 'half_open'] satisfies CircuitState[];
const MODES: readonly unknown[] = ['auto', 'forced_open', 'metrics_only', 'disabled'] satisfies CircuitMode[];

/** What is wrong with something that should be a snapshot; nothing if it is one. */
export function problemWithSnapshot(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'must be what toJSON() gave';
  const snapshot = value as Partial<Record<keyof BreakerSnapshot, unknown>>;
  if (snapshot.version !== 1) return 'is of a version that is not known here; leave it out to begin closed';
  const wrong = Object.entries(FIELDS).filter(([field, isRight]) => !isRight(snapshot[field as keyof BreakerSnapshot]));
  return wrong.length > 0
    ? `is corrupt in ${wrong.map(([field]) => field).join(', ')}; leave it out to begin closed`
    : undefined;
}

const FIELDS: Readonly<Record<Exclude<keyof BreakerSnapshot, 'version'>, (value: unknown) => boolean>> = {
  state: (value) => STATES.includes(value),
  remaining: isDuration,
  openings: isCount,
  failureCount: isCount,
  mode: (value) => MODES.includes(value),
  modeReason: (value) => value === null || typeof value === 'string',
  modeRemaining: (value) => value === null || isDuration(value),
  nextMode: (value) => MODES.includes(value),
  nextModeReason: (value) => value === null || typeof value === 'string',
};

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}
