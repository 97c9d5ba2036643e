import { ResourceError } from '../errors/resource.error.js';

/** It was not started, because something it depends on does not run. Code `RESOURCE_SKIPPED`. */
export class ResourceSkippedError extends ResourceError {
  /** Name of what does not run. Its error is the `cause`. */
  readonly because: string;

  constructor(name: string, because: string, cause: unknown) {
    super(`Resource '${name}' was not started: '${because}', on which it depends, does not run.`, {
      code: 'RESOURCE_SKIPPED',
      resource: name,
      cause,
    });
    this.because = because;
  }
}
