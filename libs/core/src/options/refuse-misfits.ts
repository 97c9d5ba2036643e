import { OptionsError, type OptionProblem } from './options.error.js';
import { shown } from './shown.js';

/** Something that is given from outside, what it has to be, and the member by which that is known. */
export type Part = readonly [value: unknown, expected: string, member: string];

/**
 * Refuses parts that are not what they have to be, all in one error, before one of them is missing deep inside.
 *
 * @throws {OptionsError}
 */
export function refuseMisfits(subject: string, parts: Readonly<Record<string, Part>>): void {
  const problems = Object.entries(parts).flatMap(([option, part]) => problemOf(option, part));
  if (problems.length > 0) throw new OptionsError(subject, problems);
}

/** @throws {OptionsError} */
export function refuseNonFunction(subject: string, option: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new OptionsError(subject, [{ option, problem: `must be a function, got ${shown(value)}` }]);
}

function problemOf(option: string, [value, expected, member]: Part): OptionProblem[] {
  const fits = typeof (value as Record<string, unknown> | null | undefined)?.[member] === 'function';
  return fits ? [] : [{ option, problem: `must be ${expected}, got ${shown(value)}` }];
}
