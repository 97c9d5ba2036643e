import { askPredicate } from '../call/ask-predicate.js';
import { BulkheadFullError } from '../call/bulkhead-full.error.js';
import type { Outcome } from '../call/outcome.js';
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
    return isFailedResult && askPredicate(isFailedResult, [result], false) ? 'failure' : 'success';
  }

  ofError(error: unknown): Classification {
    const { isIgnored, isFailure } = this.options;
    if (error instanceof BulkheadFullError) return 'ignored';
    if (isIgnored && askPredicate(isIgnored, [error], false)) return 'ignored';
    // What is thrown but is no failure is an answer: the service works.
    return isFailure && !askPredicate(isFailure, [error], true) ? 'success' : 'failure';
  }

  /** Milliseconds for which the circuit opens because of this outcome; 0: not. */
  openFor(outcome: Outcome<unknown>): number {
    const { openFor } = this.options;
    const duration = openFor && askPredicate(openFor, [outcome], 0);
    return typeof duration === 'number' && duration > 0 ? Math.min(duration, Number.MAX_SAFE_INTEGER) : 0;
  }

  get mayOpenAtOnce(): boolean {
    return this.options.openFor !== undefined;
  }
}
