import { errorText } from '../errors/error-text.js';
import type { ChangeReason } from './circuit-watcher.js';
import type { RuleFigures } from './trip-rule.js';

/** Why a circuit is open, in words: made once when it opens, shown in every refusal. */
export function openingText(
  reason: ChangeReason,
  figures: RuleFigures,
  lastFailure: { readonly error: unknown } | undefined,
): string {
  const last = lastFailure ? `, the last with '${errorText(lastFailure.error)}'` : '';
  const { failureCount, slowCount, bufferedCalls } = figures;
  switch (reason) {
    case 'consecutive failures':
      return `${failureCount} calls in a row failed${last}`;
    case 'failure rate':
      return `${failureCount} of ${bufferedCalls} calls failed${last}`;
    case 'slow call rate':
      return `${slowCount} of ${bufferedCalls} calls were slow`;
    case 'trial failed':
      return `a trial call failed${last}`;
    case 'no answer':
      return 'a trial call gave no answer in time';
    case 'outcome':
      return `the outcome of a call asked for it${last}`;
    default:
      return `its rule opened it${last}`;
  }
}
