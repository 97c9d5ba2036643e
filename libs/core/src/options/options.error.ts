import { ResourceError } from '../errors/resource.error.js';

/** One thing that is wrong with options. */
export interface OptionProblem {
  /** Path of the option, e.g. `pools.smtp.timeouts.create`. */
  readonly option: string;
  /** What is wrong and what would be right, without secrets. */
  readonly problem: string;
}

/** Options that cannot work. Lists everything that is wrong at once. Code `OPTIONS_INVALID`. */
export class OptionsError extends ResourceError {
  readonly problems: readonly OptionProblem[];

  constructor(subject: string, problems: readonly OptionProblem[], resource?: string) {
    super(describe(subject, problems), { code: 'OPTIONS_INVALID', resource });
    this.problems = problems;
  }

  /** One error of many, so that a boot that fails says all there is to mend. */
  static join(subject: string, errors: readonly OptionsError[]): OptionsError {
    return new OptionsError(
      subject,
      errors.flatMap((error) => error.problems),
    );
  }
}

function describe(subject: string, problems: readonly OptionProblem[]): string {
  const lines = problems.map(({ option, problem }) => (option ? `${option}: ${problem}` : problem));
  return lines.length === 1
    ? `${subject}: ${lines[0]}`
    : [`${subject}:`, ...lines.map((line) => `  - ${line}`)].join('\n');
}
