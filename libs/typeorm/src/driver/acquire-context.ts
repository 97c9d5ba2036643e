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

/** Apart, because it is switched off afterwards: before Node 24 one that is in use makes every promise dearer. */
const passing = new AsyncLocalStorage<AcquireContext>();
let passingUsers = 0;

/**
 * Every connection that TypeORM takes within `work` is waited for in this way.
 *
 * @example
 * const orders = await withAcquireContext({ signal: request.signal }, () => repository.find());
 */
export function withAcquireContext<R>(context: AcquireContext, work: () => R): R {
  return storage.run(context, work);
}

/** The same for work that is done once, such as a start. It costs nothing when it is over. */
export async function withPassingContext<R>(context: AcquireContext, work: () => Promise<R>): Promise<R> {
  passingUsers++;
  try {
    return await passing.run(context, work);
  } finally {
    if (--passingUsers === 0) passing.disable();
  }
}

/** How to wait in the current asynchronous context. */
export function currentAcquireContext(): AcquireContext | undefined {
  return storage.getStore() ?? passing.getStore();
}
