/** Whether something can be awaited. */
export function isPromiseLike<R>(value: R | PromiseLike<R>): value is PromiseLike<R> {
  const thenable = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return thenable && typeof (value as { then?: unknown }).then === 'function';
}
