import type { PolicyContext } from './policy.js';

/** Makes its AbortController only for code that reads `signal`; aborting one that nobody has read costs nothing. */
export class LazyContext implements PolicyContext {
  private controller: AbortController | undefined = undefined;
  private reason: { readonly value: unknown } | undefined = undefined;

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason) this.controller.abort(this.reason.value);
    }
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.reason = { value: reason };
    this.controller?.abort(reason);
  }
}

/** What work is given under a policy that aborts nothing itself: the signal of whoever called the policy. */
export function contextFrom(options: { readonly signal?: AbortSignal | undefined }): PolicyContext {
  // A context passed on from an outer policy: asking it for its signal would make one.
  if (options instanceof LazyContext) return options;
  return options.signal ? { signal: options.signal } : new LazyContext();
}
