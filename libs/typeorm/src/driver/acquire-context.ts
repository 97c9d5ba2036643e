import { AsyncLocalStorage } from 'node:async_hooks';

/** How one waits for a connection. TypeORM's own methods have no parameter for it. */
export interface AcquireContext {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait. @default the pool's acquireTimeout */
  readonly timeout?: number | undefined;
  /** Says in reports who waits or holds. */
  readonly label?: string | undefined;
}

const storage = new AsyncLocalStorage<AcquireContext>();

/**
 * Every connection that TypeORM takes within `work` is waited for in this way.
 *
 * @example
 * const orders = await withAcquireContext({ signal: request.signal }, () => repository.find());
 */
export function withAcquireContext<R>(context: AcquireContext, work: () => R): R {
  return storage.run(context, work);
}

/** How to wait in the current asynchronous context. */
export function currentAcquireContext(): AcquireContext | undefined {
  return storage.getStore();
}
