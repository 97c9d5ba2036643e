import { circuitBreaker, Policy, type CircuitBreakerPolicy } from 'cockatiel';

/** Whom a generation asks what an outcome means. */
export interface OutcomeJudge {
  returned(generation: Generation, result: unknown): void;
  failed(generation: Generation, error: unknown): void;
}

/** cockatiel's side of a generation never recovers: what comes next is a new generation. */
const NEVER = 2 ** 53;

/**
 * One stretch of one state of the circuit, from the transition that began it to the next. Every call admitted during it
 * passes through a cockatiel policy of its own, and carries it along: a result that arrives after the transition is known as
 * late and decides nothing.
 *
 * cockatiel makes the call and says how it ended; what that means is decided in the same step, by the judge; the outcome that
 * ended the generation opens its policy for good. There are two, each made with its first call: a breaker that nobody calls
 * has none. This file alone imports cockatiel.
 */
export class Generation {
  /** Whether the circuit has moved on. */
  over = false;
  private judging: CircuitBreakerPolicy | undefined = undefined;
  private carrying: CircuitBreakerPolicy | undefined = undefined;

  /** @param uncounted - its calls are in no figure and decide nothing */
  constructor(readonly uncounted = false) {}

  /** Makes a call and has its outcome judged. The promise settles as the call does, with the same value or the same error. */
  judge<R>(call: () => R | Promise<R>, judge: OutcomeJudge): Promise<R> {
    return (this.judging ??= this.policyFor(judge)).execute(call);
  }

  /** Makes a call that is judged on its way, because it must be timed, or somebody may give up before it has ended. */
  carry<R>(call: () => Promise<R>): Promise<R> {
    return (this.carrying ??= this.policyFor(SILENT)).execute(call);
  }

  private policyFor(judge: OutcomeJudge): CircuitBreakerPolicy {
    const outcomes = new Policy({
      errorFilter: (error) => {
        judge.failed(this, error);
        return this.over;
      },
      resultFilter: (result) => {
        judge.returned(this, result);
        return this.over;
      },
    });
    return circuitBreaker(outcomes, { halfOpenAfter: NEVER, breaker: OBEDIENT });
  }
}

const SILENT: OutcomeJudge = { returned: () => undefined, failed: () => undefined };

/** Opens when asked, which is when the generation is over: the circuit has already decided. */
const OBEDIENT = { state: undefined, success: () => undefined, failure: () => true };
