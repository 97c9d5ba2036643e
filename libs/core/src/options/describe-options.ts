import { expectation } from './check-options.js';
import type { OptionSpec, OptionTable } from './option-spec.js';

/** One row of the documentation. */
export interface OptionDescription {
  /** Path of the option, e.g. `trip.window`. */
  readonly option: string;
  /** What it may be, in words. */
  readonly accepts: string;
  /** What leaving it out means. */
  readonly absent: string;
  readonly description: string;
}

/** All that a table knows of its options, in its order, groups before what is in them. */
export function describeOptions(table: OptionTable, path = ''): OptionDescription[] {
  return Object.entries(table.specs).flatMap(([name, spec]) => {
    const option = path ? `${path}.${name}` : name;
    const row = { option, accepts: accepted(spec), absent: meaningOfAbsence(spec), description: spec.description };
    return spec.kind === 'group' ? [row, ...describeOptions(spec.table, option)] : [row];
  });
}

function accepted(spec: OptionSpec): string {
  if (spec.kind === 'group') return 'options';
  const zero = 'zero' in spec && spec.zero !== undefined ? `; 0: ${spec.zero}` : '';
  return `${expectation(spec)}${zero}`;
}

function meaningOfAbsence(spec: OptionSpec): string {
  if ('required' in spec && spec.required) return 'required';
  if ('default' in spec && spec.default !== undefined) return shownDefault(spec.default);
  if (spec.absent !== undefined) return spec.absent;
  return spec.kind === 'group' && !spec.optional ? 'their defaults' : 'off';
}

function shownDefault(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en-US').replaceAll(',', ' ').replace('∞', 'Infinity');
  if (typeof value !== 'object' || value === null) return String(value);
  if ('derive' in value) return String((value as { text?: unknown }).text);
  return Object.entries(value)
    .map(([key, part]) => `${key} ${shownDefault(part)}`)
    .join(', ');
}
