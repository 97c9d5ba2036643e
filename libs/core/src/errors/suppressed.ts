interface SuppressedErrorConstructor {
  new (error: unknown, suppressed: unknown, message?: string): Error & { error: unknown; suppressed: unknown };
}

class SuppressedErrorEquivalent extends Error {
  constructor(
    readonly error: unknown,
    readonly suppressed: unknown,
    message?: string,
  ) {
    super(message);
    this.name = 'SuppressedError';
  }
}

const native = (globalThis as { SuppressedError?: SuppressedErrorConstructor }).SuppressedError;

/**
 * Joins the error of a body and the error of its clean-up without losing either: `error` is the one that came last,
 * `suppressed` the one it would have hidden.
 *
 * @see https://tc39.es/proposal-explicit-resource-management/#sec-suppressederror-objects
 */
export function suppressedError(error: unknown, suppressed: unknown, message?: string): Error {
  return new (native ?? SuppressedErrorEquivalent)(error, suppressed, message);
}
