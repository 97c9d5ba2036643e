import { errorText } from '../errors/error-text.js';
import { ResourceError } from '../errors/resource.error.js';

/** One resource that did not start, and why. */
export interface StartFailure {
  readonly name: string;
  readonly error: unknown;
}

export interface ResourceStartErrorDetails {
  /** Everything that failed, the first first. Its error is the `cause`. */
  readonly failures: readonly StartFailure[];
  /** Names of what ran already and was closed again. */
  readonly rolledBack?: readonly string[];
  /** What failed while rolling back. */
  readonly rollbackErrors?: readonly StartFailure[];
}

/** What must run does not run. What had been started was closed again. Code `RESOURCE_START_FAILED`. */
export class ResourceStartError extends ResourceError {
  /** Names of the resources that failed, the first first. */
  readonly failed: readonly string[];
  readonly rolledBack: readonly string[];

  constructor(details: ResourceStartErrorDetails) {
    const { failures, rolledBack = [], rollbackErrors = [] } = details;
    super(describe(failures, rolledBack, rollbackErrors), {
      code: 'RESOURCE_START_FAILED',
      resource: failures[0]?.name,
      cause: failures[0]?.error,
    });
    this.failed = failures.map(({ name }) => name);
    this.rolledBack = rolledBack;
    // Foreign errors may carry secrets: reachable, but not shown by a serializer.
    Object.defineProperties(this, { failures: { value: failures }, rollbackErrors: { value: rollbackErrors } });
  }

  /** Each failed resource with its own error, untouched. Not enumerable. */
  declare readonly failures: readonly StartFailure[];
  /** Each resource whose close failed while rolling back. Not enumerable. */
  declare readonly rollbackErrors: readonly StartFailure[];
}

function describe(
  failures: readonly StartFailure[],
  rolledBack: readonly string[],
  rollbackErrors: readonly StartFailure[],
): string {
  const lines = failures.map(({ name, error }) => `resource '${name}' did not start: ${errorText(error)}`);
  if (rolledBack.length > 0) lines.push(`closed again: ${rolledBack.join(', ')}`);
  lines.push(...rollbackErrors.map(({ name, error }) => `closing '${name}' failed too: ${errorText(error)}`));
  return lines.length === 1
    ? `Start failed: ${lines[0]}`
    : ['Start failed:', ...lines.map((line) => `  - ${line}`)].join('\n');
}
