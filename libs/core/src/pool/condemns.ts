import { attempt } from '../call/attempt.js';
import type { PoolCore } from './pool-core.js';

/** Whether an error of somebody's work condemns the resource that it was done with: see `destroyOnError`. */
export function condemns<T>({ options, clock }: PoolCore<T>, error: unknown): boolean {
  const { destroyOnError } = options;
  if (!destroyOnError) return false;
  const outcome = attempt(() => destroyOnError(error), { clock, what: 'destroyOnError', timeout: Infinity });
  // A predicate that fails leaves the question open; a resource in doubt is not lent again.
  return !('ok' in outcome) || !outcome.ok || outcome.value;
}
