import type { Clock } from '../clock/clock.js';
import { defineOptions, type OptionTable } from '../options/option-spec.js';
import { shown } from '../options/shown.js';
import { CircuitMode } from './circuit-state.js';

export interface SetModeOptions {
  /** Why: shown in errors, health and history. */
  readonly reason?: string;
  /** Milliseconds after which the mode reverts to the one before. @default it stays */
  readonly ttl?: number;
}

/** What `setMode` is given. */
export const setModeOptionTable: OptionTable = defineOptions<SetModeOptions & { readonly mode: CircuitMode }>(
  {
    mode: { kind: 'choice', choices: Object.values(CircuitMode), description: 'What the operator wants.' },
    reason: {
      kind: 'custom',
      expected: 'a text',
      description: 'Why.',
      check: (value) => (typeof value === 'string' ? undefined : `must be a text, got ${shown(value)}`),
    },
    ttl: { kind: 'duration', infinity: 'it stays', description: 'How long the mode lasts.' },
  },
  [({ mode }) => (mode === undefined ? { option: 'mode', problem: 'is required' } : undefined)],
);

export interface ModeSetting {
  readonly mode: CircuitMode;
  readonly reason: string | undefined;
}

const AUTOMATIC: ModeSetting = { mode: 'auto', reason: undefined };

/**
 * What the operator wants, and for how long. A mode whose time is over is found out by whoever looks next: no timer.
 *
 * Invariant: a mode with a time to live lies on top of a lasting one and gives way to it; two of them never pile up.
 */
export class BreakerMode {
  private lasting: ModeSetting = AUTOMATIC;
  private setting: ModeSetting = AUTOMATIC;
  private until = Infinity;

  /** @param changed - told after the mode has changed */
  constructor(
    private readonly clock: Clock,
    private readonly changed: (from: CircuitMode, to: CircuitMode, reason: string | undefined) => void,
  ) {}

  get current(): CircuitMode {
    if (this.until !== Infinity) this.settle();
    return this.setting.mode;
  }

  get reason(): string | undefined {
    return this.setting.reason;
  }

  /** Milliseconds the mode still lasts; `Infinity` if it stays. */
  get remaining(): number {
    return this.until === Infinity ? Infinity : Math.max(0, this.until - this.clock.now());
  }

  /** What comes when a mode with a time to live is over. */
  get next(): ModeSetting {
    return this.lasting;
  }

  set(mode: CircuitMode, { reason, ttl = Infinity }: SetModeOptions): void {
    this.settle();
    const next = { mode, reason };
    if (ttl === Infinity) this.lasting = next;
    this.until = ttl === Infinity ? Infinity : this.clock.now() + ttl;
    this.turn(next, reason);
  }

  private settle(): void {
    if (this.until === Infinity || this.clock.now() < this.until) return;
    this.until = Infinity;
    this.turn(this.lasting, 'its time is over');
  }

  private turn(next: ModeSetting, reason: string | undefined): void {
    const from = this.setting.mode;
    this.setting = next;
    if (next.mode !== from) this.changed(from, next.mode, reason);
  }
}
