export interface ResourceErrorOptions {
  /** Stable and meant for programs: it changes only with a major version. */
  readonly code: string;
  /** Name of the resource in the registry. */
  readonly resource?: string | undefined;
  /** What led to this error. Carried untouched, and not enumerable, so that no serializer shows it by accident. */
  readonly cause?: unknown;
}

/**
 * Base of every error this library makes. The message says what happened, with numbers, and what to do about it; it
 * contains no secret. `cause` is the original, untouched.
 */
export class ResourceError extends Error {
  readonly code: string;
  readonly resource: string | undefined;

  constructor(message: string, options: ResourceErrorOptions) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.code = options.code;
    this.resource = options.resource;
    Object.defineProperty(this, 'name', { enumerable: false });
  }
}
