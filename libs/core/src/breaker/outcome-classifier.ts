import { BulkheadFullError } from '../call/bulkhead-full.error.js';
import type { Outcome } from '../call/outcome.js';
import { errorText } from '../errors/error-text.js';
import type { OutcomeOptions } from './breaker-options.js';

/** What an outcome says about the service. `ignored` says nothing: it is neither counted nor acted on. */
export type Classification = 'success' | 'failure' | 'ignored';

/**
 * Says what counts as what. Two outcomes never count, because the service had no part in them: the caller gave up, or the
 * call did not get past our own bulkhead.
 */
export class OutcomeClassifier {
  constructor(private readonly options: OutcomeOptions) {}

  ofResult(result: unknown): Classification {
    const { isFailedResult } = this.options;
    return isFailedResult && ask(isFailedResult, result, false) ? 'failure' : 'success';
  }

  ofError(error: unknown): Classification {
    const { isIgnored, isFailure } = this.options;
    if (error instanceof BulkheadFullError) return 'ignored';
    if (isIgnored && ask(isIgnored, error, false)) return 'ignored';
    // What is thrown but is no failure is an answer: the service works.
    return isFailure && !ask(isFailure, error, true) ? 'success' : 'failure';
  }

  /** Milliseconds for which the circuit opens because of this outcome; 0: not. */
  openFor(outcome: Outcome<unknown>): number {
    const { openFor } = this.options;
    const duration = openFor && ask(openFor, outcome, 0);
    return typeof duration === 'number' && duration > 0 ? Math.min(duration, Number.MAX_SAFE_INTEGER) : 0;
  }

  get mayOpenAtOnce(): boolean {
    return this.options.openFor !== undefined;
  }
}

/** A predicate that throws must not replace the outcome of the call. */
function ask<A, B>(predicate: (about: A) => B, about: A, otherwise: B): B {
  try {
    return predicate(about);
  } catch (error) {
    process.emitWarning(`A predicate of a circuit breaker failed: ${errorText(error)}`, 'CircuitBreakerWarning');
    return otherwise;
  }
}
