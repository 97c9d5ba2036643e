import { checkOptions, findProblems } from './check-options.js';
import type { OptionTable } from './option-spec.js';

/**
 * What validation libraries have in common, as far as it is needed here.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Input, Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output>;
    /** Only for the type checker; never there at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  /** Keys from the outermost to the option that is wrong. */
  readonly path: readonly string[];
}

/**
 * A schema for whoever validates configuration with one, such as `@nestjs/config`, derived from the table that checks the
 * options anyway: what it lets through is not refused later.
 *
 * @example
 * const poolSettings = toStandardSchema<PoolSettings, CheckedPoolSettings>(poolOptionTable);
 */
export function toStandardSchema<Input extends object, Output extends object = Input>(
  table: OptionTable,
): StandardSchema<Input, Readonly<Output>> {
  return {
    '~standard': { version: 1, vendor: 'nestjs-resources', validate: (value) => validate<Output>(table, value) },
  };
}

function validate<Output extends object>(table: OptionTable, value: unknown): StandardResult<Readonly<Output>> {
  const problems = findProblems(table, value);
  if (problems.length === 0) return { value: checkOptions<Output>(table, value, { subject: 'Options' }) };
  return {
    issues: problems.map(({ option, problem }) => ({
      message: problem,
      path: option === '' ? [] : option.split('.'),
    })),
  };
}
