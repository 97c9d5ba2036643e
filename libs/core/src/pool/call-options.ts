import { OptionsError, type OptionProblem } from '../options/options.error.js';
import { shown } from '../options/shown.js';
import type { AcquireOptions } from './pool-options.js';

/** What is wrong with a duration given to a call; `undefined` is left out and right. */
function durationProblem(option: string, value: number | undefined): OptionProblem[] {
  // Not `value < 0`: NaN is no duration either.
  if (value === undefined || (typeof value === 'number' && value >= 0)) return [];
  return [{ option, problem: `must be milliseconds of at least 0, got ${shown(value)}` }];
}

/** Why an acquire with these options makes no sense. It is said on an idle pool too, and not first under load. */
export function wrongAcquire(name: string, { timeout, leakAfter, signal }: AcquireOptions): OptionsError | undefined {
  if (timeout === undefined && leakAfter === undefined && signal === undefined) return undefined;
  const problems = [...durationProblem('timeout', timeout), ...durationProblem('leakAfter', leakAfter)];
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function') {
    problems.push({ option: 'signal', problem: `must be an AbortSignal, got ${shown(signal)}` });
  }
  return problems.length > 0 ? new OptionsError(`acquire of pool '${name}'`, problems) : undefined;
}

/** Why a drain with this timeout makes no sense. */
export function wrongDrain(name: string, timeout: number): OptionsError | undefined {
  const problems = durationProblem('timeout', timeout);
  return problems.length > 0 ? new OptionsError(`drain of pool '${name}'`, problems) : undefined;
}
