import { ResourceError } from '../errors/resource.error.js';
import type { CircuitState } from './circuit-state.js';

/** What is known when a call is refused. */
export interface Refusal {
  readonly name: string;
  readonly state: CircuitState;
  readonly retryAfter: number;
  /** Why the circuit lets nothing through, in words, without secrets. */
  readonly because: string;
  /** The last failure, if the circuit opened because of failures. */
  readonly lastFailure?: { readonly error: unknown } | undefined;
}

/**
 * A call was refused without being made, because the circuit is open, or half open with all trial calls under way.
 * `cause` is the last failure. Code `CIRCUIT_OPEN`.
 */
export class CircuitBreakerOpenError extends ResourceError {
  /** The state the circuit was in. */
  readonly state: CircuitState;
  /** Milliseconds until a call may be tried again; 0 is now, `Infinity` when only an operator can tell. */
  readonly retryAfter: number;
  /** Lets `isBrokenCircuitError` of cockatiel know it too. */
  declare readonly isBrokenCircuitError: true;

  constructor({ name, state, retryAfter, because, lastFailure }: Refusal) {
    super(`Circuit breaker '${name}' is ${STATE_TEXT[state]}: ${because}. ${remedy(retryAfter)}`, {
      code: 'CIRCUIT_OPEN',
      resource: name,
      ...(lastFailure && { cause: lastFailure.error }),
    });
    this.state = state;
    this.retryAfter = retryAfter;
  }
}
Object.defineProperty(CircuitBreakerOpenError.prototype, 'isBrokenCircuitError', { value: true });

const STATE_TEXT: Readonly<Record<CircuitState, string>> = { closed: 'closed', open: 'open', half_open: 'half open' };

function remedy(retryAfter: number): string {
  if (retryAfter === Infinity) return 'Calls are let through again when an operator changes its mode.';
  const when = retryAfter > 0 ? `in ${Math.ceil(retryAfter)} ms` : 'as soon as the trial has ended';
  return `Try again ${when}; until then answer from a fallback, and look at the service behind it.`;
}
