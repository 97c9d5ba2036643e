/** How a call into somebody else's code ended. There is no fourth way. */
export type Outcome<R> =
  | { readonly ok: true; readonly value: R }
  | { readonly ok: false; readonly error: unknown; readonly because: 'failed' | 'timed out' | 'aborted' };
