/**
 * The promise of an operation, which knows whether anybody looked at it: a failure that somebody has seen is his, one that
 * nobody has seen is told at the end of the group.
 */
export class OperationHandle<R> implements Promise<R> {
  readonly [Symbol.toStringTag] = 'OperationHandle';
  private seen = false;

  constructor(private readonly promise: Promise<R>) {
    // Told at the end of the group, if at all, and not as an unhandled rejection.
    promise.catch(() => undefined);
  }

  get observed(): boolean {
    return this.seen;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.seen = true;
    return this.promise.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<R> {
    this.seen = true;
    return this.promise.finally(onFinally);
  }
}
