import { OptionsError } from './options.error.js';
import { shown } from './shown.js';

/**
 * Refuses what cannot even be taken apart into options, before somebody tries.
 *
 * @throws {OptionsError}
 */
export function refuseNonObject(subject: string, options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new OptionsError(subject, [{ option: '', problem: `must be an object with options, got ${shown(options)}` }]);
}
