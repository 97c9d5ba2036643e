import { attempt } from '../call/attempt.js';
import { BulkheadPolicy } from '../call/bulkhead-policy.js';
import { LazyContext } from '../call/lazy-context.js';
import type { PolicyContext } from '../call/policy.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { Generation } from './breaker-engine.js';
import type { CheckedBreakerOptions } from './breaker-options.js';
import type { CallJudge } from './call-judge.js';

export type Work<R> = (context: PolicyContext) => R | Promise<R>;

/**
 * Makes the calls that were let in, and has each judged once, in the step in which its outcome is known. The three ways to
 * make one differ in what they cost: nobody pays for a timer, a clock or a signal that no option asked for.
 */
export class AdmittedCalls {
  private readonly bulkhead: BulkheadPolicy | undefined;
  /** Whether somebody may give up before the work has ended. */
  private readonly bounded: boolean;

  constructor(
    private readonly name: string,
    private readonly options: CheckedBreakerOptions,
    private readonly judge: CallJudge,
  ) {
    const { bulkhead, timeout, clock } = options;
    const ofBulkhead = { what: `The bulkhead of circuit breaker '${name}'`, resource: name, clock };
    this.bulkhead = bulkhead && new BulkheadPolicy(bulkhead, ofBulkhead);
    this.bounded = bulkhead !== undefined || timeout !== undefined;
  }

  run<R>(work: Work<R>, generation: Generation, signal: AbortSignal | undefined): Promise<R> {
    if (signal || this.bounded) return generation.carry(() => this.runBounded(work, generation, signal));
    if (this.judge.measured) return generation.carry(() => this.runMeasured(work, generation));
    return generation.judge(() => work(new LazyContext()), this.judge);
  }

  /** Work that is done when it returns. */
  runSync<R>(work: () => R, generation: Generation): R {
    const { judge } = this;
    const began = judge.begin();
    let result: R;
    let asynchronous: boolean;
    try {
      result = work();
      asynchronous = isPromiseLike(result);
    } catch (error) {
      judge.failed(generation, error, began);
      throw error;
    }
    if (asynchronous) return this.refusePromise(generation, result, began);
    judge.returned(generation, result, began);
    return result;
  }

  /** With `outcome.slowAfter`: it matters how long it took. */
  private async runMeasured<R>(work: Work<R>, generation: Generation): Promise<R> {
    const { judge } = this;
    const began = judge.begin();
    let result: R;
    try {
      result = await work(new LazyContext());
    } catch (error) {
      judge.failed(generation, error, began);
      throw error;
    }
    judge.returned(generation, result, began);
    return result;
  }

  /** With a timeout, a signal or a bulkhead. */
  private async runBounded<R>(work: Work<R>, generation: Generation, signal: AbortSignal | undefined): Promise<R> {
    const { bulkhead, judge, name } = this;
    const { clock, timeout = Infinity } = this.options;
    const began = judge.begin();
    const outcome = await attempt(bulkhead ? (context) => bulkhead.execute(work, context) : work, {
      clock,
      timeout,
      signal,
      what: `A call through circuit breaker '${name}'`,
      resource: name,
      hold: true,
    });
    if (outcome.ok) {
      judge.returned(generation, outcome.value, began);
      return outcome.value;
    }
    if (outcome.because === 'aborted') judge.withdrawn(generation, outcome.error, began);
    else judge.failed(generation, outcome.error, began);
    throw outcome.error;
  }

  private refusePromise(generation: Generation, promise: unknown, began: number): never {
    Promise.resolve(promise).catch(() => undefined);
    const error = new TypeError(
      `executeSync of circuit breaker '${this.name}' was given asynchronous work: use execute.`,
    );
    this.judge.withdrawn(generation, error, began);
    throw error;
  }
}
