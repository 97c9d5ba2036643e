import { circuitBreaker, handleWhen, type CircuitBreakerPolicy } from 'cockatiel';

/** cockatiel's side of a generation never recovers: what comes next is a new generation. */
const NEVER = 2 ** 53;

/**
 * One stretch of one state of the circuit, from the transition that began it to the next. Every call admitted during it
 * passes through its own cockatiel policy and carries it along, so a result that arrives after the transition is known as
 * late and decides nothing.
 *
 * cockatiel counts nothing here: what an outcome means is decided at the instant it is known, by the circuit, which ends
 * the generation; cockatiel opens the policy of a generation that has ended with a failure. This file alone imports it.
 */
export class Generation {
  /** Whether the circuit has moved on. */
  over = false;
  /** Made with the first call: a breaker that nobody calls has none. */
  private policy: CircuitBreakerPolicy | undefined = undefined;

  /** @param uncounted - its calls are in no figure and decide nothing */
  constructor(readonly uncounted = false) {}

  /** Makes the call. The promise settles as the call does, with the same value or the same error. */
  carry<R>(call: () => Promise<R>): Promise<R> {
    return (this.policy ??= this.newPolicy()).execute(call);
  }

  private newPolicy(): CircuitBreakerPolicy {
    const breaker = { state: undefined, success: () => undefined, failure: () => true };
    return circuitBreaker(
      handleWhen(() => this.over),
      { halfOpenAfter: NEVER, breaker },
    );
  }
}
