import { errorText } from '../errors/error-text.js';
import { isPromiseLike } from '../resource/promise-like.js';

/**
 * Asks a predicate, or a rule, of the user about the outcome of a call. One that throws, or answers with a promise, is reported and
 * counts as absent: the caller must get the outcome, not the slip in the predicate.
 */
export function askPredicate<A extends readonly unknown[], B>(
  predicate: (...about: A) => B,
  about: A,
  otherwise: B,
): B {
  try {
    const answer: unknown = predicate(...about);
    if (!isPromiseLike(answer)) return answer as B;
    answer.then(undefined, () => undefined);
    warn('it answered with a promise, and is needed at once');
  } catch (error) {
    warn(errorText(error));
  }
  return otherwise;
}

function warn(why: string): void {
  process.emitWarning(`A predicate or rule about the outcomes of calls failed: ${why}`, 'CallPredicateWarning');
}
