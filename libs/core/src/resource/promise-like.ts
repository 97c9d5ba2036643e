/** Whether something can be awaited. */
export function isPromiseLike<R>(value: R | PromiseLike<R>): value is PromiseLike<R> {
  return value !== null && typeof value === 'object' && typeof (value as { then?: unknown }).then === 'function';
}
