import { ResourceError } from '../errors/resource.error.js';

/** A call took longer than it was given. Its signal was aborted; a late result was cleaned up. Code `CALL_TIMEOUT`. */
export class CallTimeoutError extends ResourceError {
  /** Milliseconds it was given. */
  readonly timeout: number;

  constructor(what: string, timeout: number, resource?: string) {
    super(`${what} did not end within ${timeout} ms. Look for what it waits for, or raise its timeout.`, {
      code: 'CALL_TIMEOUT',
      resource,
    });
    this.timeout = timeout;
  }
}
