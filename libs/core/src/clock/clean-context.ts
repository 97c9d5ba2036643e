import { AsyncResource } from 'node:async_hooks';

const root = new AsyncResource('nestjs-resources');

/**
 * Runs `work` outside the caller's AsyncLocalStorage. A connection, a timer or a listener made on behalf of one request
 * outlives it, and must not carry its user, trace or transaction into the next one.
 *
 * @see https://github.com/brianc/node-pg-pool/issues/108
 */
export function inCleanContext<R>(work: () => R): R {
  return root.runInAsyncScope(work);
}
