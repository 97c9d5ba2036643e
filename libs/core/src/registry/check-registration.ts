import { checkOptions } from '../options/check-options.js';
import { OptionsError, type OptionProblem } from '../options/options.error.js';
import { shown } from '../options/shown.js';
import { registerOptionTable, startOptionTable, type CheckedRegisterOptions } from './registry-options.table.js';
import type { RegistryStartOptions } from './start-all.js';

const LONGEST_NAME = 200;

/**
 * Checks what `register` is given.
 *
 * @throws {OptionsError} naming everything that is wrong with it
 */
export function checkRegistration(name: unknown, resource: unknown, options: unknown): CheckedRegisterOptions {
  const subject = `Resource ${shown(name)}`;
  const problems = [...nameProblems(name), ...resourceProblems(resource)];
  if (problems.length > 0) throw new OptionsError(subject, problems);
  return checkOptions(registerOptionTable, options, { subject, resource: name as string });
}

/**
 * Checks what `start` is given.
 *
 * @throws {OptionsError}
 */
export function checkStart({ signal, ...times }: RegistryStartOptions): RegistryStartOptions {
  const checked = checkOptions<RegistryStartOptions>(startOptionTable, times, { subject: 'ResourceRegistry.start' });
  return signal ? { ...checked, signal } : checked;
}

function nameProblems(name: unknown): OptionProblem[] {
  const isName = typeof name === 'string' && name.trim() !== '' && name.length <= LONGEST_NAME;
  const problem = `the name must be a non-empty text of at most ${LONGEST_NAME} characters, got ${shown(name)}`;
  return isName ? [] : [{ option: '', problem }];
}

function resourceProblems(resource: unknown): OptionProblem[] {
  const isObject = (typeof resource === 'object' && resource !== null) || typeof resource === 'function';
  return isObject ? [] : [{ option: '', problem: `a resource must be an object, got ${shown(resource)}` }];
}
