import { errorText } from '../errors/error-text.js';
import { ResourceError } from '../errors/resource.error.js';

/** A startup hook failed, and with it the start; everything was closed again. Code `STARTUP_HOOK_FAILED`. */
export class StartupHookError extends ResourceError {
  /** Name of the hook. */
  readonly hook: string;

  constructor(hook: string, cause: unknown) {
    super(
      `Startup hook '${hook}' failed: ${errorText(cause)}. Everything was closed again. ` +
        `If the application can serve without it, add it with { tolerate: true }.`,
      { code: 'STARTUP_HOOK_FAILED', cause },
    );
    this.hook = hook;
  }
}
