import { withoutStack } from '../errors/without-stack.js';
import { refused } from '../waiting/refused.js';
import type { BreakerJournal } from './breaker-journal.js';
import type { BreakerMode } from './breaker-mode.js';
import type { Circuit } from './circuit.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';

/** Says to a caller that is not let in who refuses, why, and when it is worth another try. */
export class Refusals {
  constructor(
    private readonly name: string,
    private readonly circuit: Circuit,
    private readonly modes: BreakerMode,
    private readonly journal: BreakerJournal,
    private readonly stackTraces: boolean,
  ) {}

  /** Milliseconds until a call may be tried again; 0 is now, `Infinity` when only an operator can tell. */
  get retryAfter(): number {
    const { circuit, modes } = this;
    const mode = modes.current;
    if (mode === 'auto') return circuit.retryAfter;
    if (mode !== 'forced_open') return 0;
    // What the mode gives way to has a word in it.
    if (modes.next.mode === 'forced_open') return Infinity;
    return modes.next.mode === 'auto' ? Math.max(modes.remaining, circuit.retryAfter) : modes.remaining;
  }

  reject(): Promise<never> {
    const error = this.error();
    return refused(error, this.journal.rejections);
  }

  error(): CircuitBreakerOpenError {
    const { name, circuit, modes, retryAfter } = this;
    const forced = modes.current === 'forced_open';
    const state = forced ? 'open' : circuit.state;
    this.journal.rejected(state, modes.current, retryAfter);
    const because = forced ? heldOpen(modes.reason) : state === 'half_open' ? TRIALS : circuit.because;
    const make = (): CircuitBreakerOpenError =>
      new CircuitBreakerOpenError({ name, state, retryAfter, because, lastFailure: circuit.lastFailure });
    return this.stackTraces ? make() : withoutStack(make);
  }
}

const TRIALS = 'its trial calls are under way';

function heldOpen(reason: string | undefined): string {
  return `an operator holds it open${reason ? ` (${reason})` : ''}`;
}
