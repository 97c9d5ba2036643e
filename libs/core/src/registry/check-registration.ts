import { errorText } from '../errors/error-text.js';
import { redactText } from '../errors/redact.js';
import { checkOptions } from '../options/check-options.js';
import { OptionsError, type OptionProblem } from '../options/options.error.js';
import { refuseMisfits } from '../options/refuse-misfits.js';
import { refuseNonObject } from '../options/refuse-non-object.js';
import { shown } from '../options/shown.js';
import type { Resource, ResourceListener } from '../resource/resource.js';
import { registerOptionTable, startOptionTable, type CheckedRegisterOptions } from './registry-options.table.js';
import type { RegistryStartOptions } from './start-all.js';

const LONGEST_NAME = 200;

/**
 * Checks what `register` is given.
 *
 * @throws {OptionsError} naming everything that is wrong with it
 */
export function checkRegistration(name: unknown, resource: unknown, options: unknown): CheckedRegisterOptions {
  const problems = [...nameProblems(name), ...resourceProblems(resource)];
  if (problems.length > 0) throw new OptionsError(subjectOf(name), problems);
  const context = {
    // Only an error needs it, and to make it fit to be shown takes longer than the check.
    get subject() {
      return subjectOf(name);
    },
    resource: name as string,
  };
  return checkOptions(registerOptionTable, options, context);
}

/**
 * Checks what `start` is given.
 *
 * @throws {OptionsError}
 */
export function checkStart(options: RegistryStartOptions): RegistryStartOptions {
  refuseNonObject('ResourceRegistry.start', options);
  const { signal, ...times } = options;
  if (signal) refuseMisfits('ResourceRegistry.start', { signal: [signal, 'an AbortSignal', 'addEventListener'] });
  const checked = checkOptions<RegistryStartOptions>(startOptionTable, times, { subject: 'ResourceRegistry.start' });
  return signal ? { ...checked, signal } : checked;
}

function subjectOf(name: unknown): string {
  return `Resource ${shown(name)}`;
}

function nameProblems(name: unknown): OptionProblem[] {
  const isName = typeof name === 'string' && name.trim() !== '' && name.length <= LONGEST_NAME;
  const problem = `the name must be a non-empty text of at most ${LONGEST_NAME} characters, got ${shown(name)}`;
  return isName ? [] : [{ option: '', problem }];
}

function resourceProblems(resource: unknown): OptionProblem[] {
  const isObject = (typeof resource === 'object' && resource !== null) || typeof resource === 'function';
  if (!isObject) return [{ option: '', problem: `a resource must be an object, got ${shown(resource)}` }];
  try {
    const kind: unknown = (resource as Resource).kind ?? undefined;
    const isKind = kind === undefined || (typeof kind === 'string' && kind !== '');
    return isKind ? [] : [{ option: 'kind', problem: `must be a non-empty text, got ${shown(kind)}` }];
  } catch (error) {
    return [unreadable('kind', error)];
  }
}

/**
 * Attaches `listener` to the resource, if that can be observed.
 *
 * @throws {OptionsError} when it fails: its events would be missing without a word
 */
export function observeResource(name: string, resource: Resource, listener: ResourceListener): unknown {
  try {
    return resource.observe?.(listener);
  } catch (error) {
    throw new OptionsError(subjectOf(name), [unreadable('observe', error)], name);
  }
}

/** Members of a resource are code of the user's: what they throw is told with the name of the resource. */
function unreadable(option: string, error: unknown): OptionProblem {
  return { option, problem: `must not throw, but threw: ${redactText(errorText(error))}` };
}
