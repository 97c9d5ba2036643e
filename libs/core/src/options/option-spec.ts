/** What every kind of option says of itself. The docs table is made of it. */
interface Described {
  /** One sentence for the docs. */
  readonly description: string;
  /** What leaving it out means, when there is no default. */
  readonly absent?: string;
}

/** A length of time in milliseconds. 0 is refused unless `zero` says what it means; `Infinity` unless `infinity` does. */
export interface DurationSpec extends Described {
  readonly kind: 'duration';
  readonly default?: Default<number>;
  readonly min?: number;
  readonly max?: number;
  readonly zero?: string;
  readonly infinity?: string;
}

/** A whole number. */
export interface IntegerSpec extends Described {
  readonly kind: 'integer';
  readonly default?: Default<number>;
  readonly min: number;
  readonly max?: number;
  readonly zero?: string;
  readonly infinity?: string;
}

/** Any finite number in a closed range. */
export interface NumberSpec extends Described {
  readonly kind: 'number';
  readonly default?: Default<number>;
  readonly min: number;
  readonly max: number;
}

/** A rate in percent: 0 < rate ≤ 100. */
export interface PercentSpec extends Described {
  readonly kind: 'percent';
  readonly default?: Default<number>;
}

export interface BooleanSpec extends Described {
  readonly kind: 'boolean';
  readonly default?: Default<boolean>;
}

export interface TextSpec extends Described {
  readonly kind: 'text';
  readonly default?: Default<string>;
  readonly required?: boolean;
  readonly maxLength?: number;
}

export interface ChoiceSpec extends Described {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default?: Default<string>;
}

export interface FunctionSpec extends Described {
  readonly kind: 'function';
  readonly required?: boolean;
}

/** Something with rules of its own: `check` says what is wrong with a value, or nothing. */
export interface CustomSpec extends Described {
  readonly kind: 'custom';
  /** How the docs and the message name what is expected, e.g. `a Clock`. */
  readonly expected: string;
  readonly check: (value: unknown) => string | undefined;
  readonly default?: Default<unknown>;
  readonly required?: boolean;
}

/** Options that belong to one collaborator. Left out, it takes its defaults. */
export interface GroupSpec extends Described {
  readonly kind: 'group';
  readonly table: OptionTable;
  /** Leaving the whole group out leaves it out of the result too: the collaborator is off. */
  readonly optional?: boolean;
}

/** A value, or how to derive it from the options named above it in the same table. */
export type Default<V> = V | DerivedDefault<V>;

export interface DerivedDefault<V> {
  readonly derive: (options: Readonly<Record<string, never>>) => V;
  /** For the docs, e.g. `maxSize`. */
  readonly text: string;
}

export type OptionSpec =
  | DurationSpec
  | IntegerSpec
  | NumberSpec
  | PercentSpec
  | BooleanSpec
  | TextSpec
  | ChoiceSpec
  | FunctionSpec
  | CustomSpec
  | GroupSpec;

/**
 * A rule over several options. Says what is wrong, or nothing. An option that is wrong by itself is absent here, so a rule
 * compares only what is there.
 */
export type OptionRule = (
  options: Readonly<Record<string, never>>,
) => { readonly option: string; readonly problem: string } | undefined;

/** All that is known about the options of one thing; check, freeze, schema and docs derive from it. */
export interface OptionTable {
  readonly specs: Readonly<Record<string, OptionSpec>>;
  readonly rules: readonly OptionRule[];
}

/**
 * Declares a table. `R` is the type of the checked options: a key of it without a spec does not compile.
 *
 * @example
 * const table = defineOptions<Checked>({ maxSize: { kind: 'integer', min: 1, default: 10, description: '…' } });
 */
export function defineOptions<R extends object>(
  specs: { readonly [K in keyof Required<R>]: OptionSpec },
  rules: readonly OptionRule[] = [],
): OptionTable {
  return { specs, rules };
}
