import { closest } from './closest.js';
import { OptionsError, type OptionProblem } from './options.error.js';
import type { Default, OptionSpec, OptionTable } from './option-spec.js';
import { shown } from './shown.js';

export interface CheckOptionsContext {
  /** Begins the message, e.g. `Pool 'smtp'`. */
  readonly subject: string;
  /** Name of the resource the options are for. */
  readonly resource?: string;
  /** Put before each option's name, e.g. `pools.smtp`. */
  readonly path?: string;
}

/**
 * Checks `input` against its table, fills in defaults and freezes the result. Nothing is coerced: `'10'` is not 10.
 *
 * @throws {OptionsError} naming every unknown key and every impossible value, with what would be right
 */
export function checkOptions<R extends object>(
  table: OptionTable,
  input: unknown,
  context: CheckOptionsContext,
): Readonly<R> {
  const problems: OptionProblem[] = [];
  const checked = checkTable(table, input, context.path ?? '', problems);
  if (problems.length > 0) throw new OptionsError(context.subject, problems, context.resource);
  return checked as Readonly<R>;
}

/** As {@link checkOptions}, but hands the problems over instead of throwing them. */
export function findProblems(table: OptionTable, input: unknown, path = ''): OptionProblem[] {
  const problems: OptionProblem[] = [];
  checkTable(table, input, path, problems);
  return problems;
}

function checkTable(table: OptionTable, input: unknown, path: string, problems: OptionProblem[]): object {
  const given = input ?? {};
  if (!isPlainObject(given)) {
    problems.push({ option: path, problem: `must be an object with options, got ${shown(input)}` });
    return {};
  }
  refuseUnknownKeys(table, given, path, problems);
  const checked: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table.specs)) {
    const value = checkOption(spec, given[name], join(path, name), checked, problems);
    if (value !== undefined) checked[name] = value;
  }
  problems.push(...brokenRules(table, checked, path));
  return Object.freeze(checked);
}

function refuseUnknownKeys(table: OptionTable, given: object, path: string, problems: OptionProblem[]): void {
  const known = Object.keys(table.specs);
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(table.specs, key)) continue;
    const near = closest(key, known);
    const remedy = near ? `did you mean '${near}'?` : `known options: ${known.join(', ')}`;
    problems.push({ option: join(path, key), problem: `is not an option; ${remedy}` });
  }
}

function checkOption(
  spec: OptionSpec,
  value: unknown,
  path: string,
  options: object,
  problems: OptionProblem[],
): unknown {
  if (spec.kind === 'group') {
    return value === undefined && spec.optional ? undefined : checkTable(spec.table, value, path, problems);
  }
  if (value === undefined) {
    if ('required' in spec && spec.required)
      problems.push({ option: path, problem: `is required: ${spec.description}` });
    return 'default' in spec ? defaultOf(spec.default, options) : undefined;
  }
  const problem = problemWith(spec, value);
  if (!problem) return value;
  problems.push({ option: path, problem });
  return undefined;
}

function defaultOf<V>(value: Default<V> | undefined, options: object): V | undefined {
  const derived = typeof value === 'object' && value !== null && 'derive' in value;
  return derived ? value.derive(options as Readonly<Record<string, never>>) : (value as V | undefined);
}

function brokenRules(table: OptionTable, checked: object, path: string): OptionProblem[] {
  return table.rules.flatMap((rule) => {
    const broken = rule(checked as Readonly<Record<string, never>>);
    return broken ? [{ option: join(path, broken.option), problem: broken.problem }] : [];
  });
}

type ValueSpec = Exclude<OptionSpec, { kind: 'group' }>;

function problemWith(spec: ValueSpec, value: unknown): string | undefined {
  if (spec.kind === 'custom') return spec.check(value);
  return isRight(spec, value) ? undefined : `must be ${expectation(spec)}, got ${shown(value)}`;
}

function isRight(spec: Exclude<ValueSpec, { kind: 'custom' }>, value: unknown): boolean {
  switch (spec.kind) {
    case 'duration':
      return isDuration(value, spec.min ?? 0, spec.max ?? Infinity, spec);
    case 'integer':
      return (
        isDuration(value, spec.min, spec.max ?? Infinity, spec) && (Number.isSafeInteger(value) || value === Infinity)
      );
    case 'number':
      return typeof value === 'number' && value >= spec.min && value <= spec.max;
    case 'percent':
      return typeof value === 'number' && value > 0 && value <= 100;
    case 'boolean':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string' && value !== '' && value.length <= (spec.maxLength ?? Infinity);
    case 'choice':
      return typeof value === 'string' && spec.choices.includes(value);
    case 'function':
      return typeof value === 'function';
  }
}

/** Numbers whose 0 and `Infinity` mean something only if the table says what. */
function isDuration(
  value: unknown,
  min: number,
  max: number,
  meaning: { zero?: string; infinity?: string; kind: string },
): boolean {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  if (value === Infinity) return meaning.infinity !== undefined;
  if (value === 0 && meaning.kind === 'duration') return meaning.zero !== undefined;
  return value >= min && value <= max;
}

/** What a value has to be, in words: for the message and for the docs. */
export function expectation(spec: ValueSpec): string {
  switch (spec.kind) {
    case 'duration':
      return `milliseconds ${range(spec.min ?? 0, spec.max, spec.zero === undefined)}${orInfinity(spec.infinity)}`;
    case 'integer':
      return `a whole number ${range(spec.min, spec.max, false)}${orInfinity(spec.infinity)}`;
    case 'number':
      return `a number ${range(spec.min, spec.max, false)}`;
    case 'percent':
      return 'percent, above 0 up to 100';
    case 'boolean':
      return 'true or false';
    case 'text':
      return spec.maxLength ? `a non-empty text of at most ${spec.maxLength} characters` : 'a non-empty text';
    case 'choice':
      return `one of ${spec.choices.map((choice) => `'${choice}'`).join(', ')}`;
    case 'function':
      return 'a function';
    case 'custom':
      return spec.expected;
  }
}

function range(min: number, max: number | undefined, above: boolean): string {
  const from = above && min === 0 ? 'above 0' : `of at least ${min}`;
  return max === undefined || max === Infinity ? from : `${from} and at most ${max}`;
}

function orInfinity(meaning: string | undefined): string {
  return meaning === undefined ? '' : `, or Infinity (${meaning})`;
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
