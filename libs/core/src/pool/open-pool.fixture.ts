import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from './connection-pool.js';
import type { PoolOptions } from './pool-options.js';

export interface Thing {
  id: number;
}

/** A pool in virtual time whose resources are numbered. */
export function open(options: Partial<PoolOptions<Thing>> = {}): { pool: ConnectionPool<Thing>; clock: ManualClock } {
  const clock = new ManualClock();
  let made = 0;
  const pool = new ConnectionPool<Thing>({ name: 'tested', create: () => ({ id: ++made }), clock, ...options });
  return { pool, clock };
}

export function never<R>(): Promise<R> {
  return new Promise(() => undefined);
}

export function after<R>(clock: ManualClock, delay: number, value: R): Promise<R> {
  return new Promise((resolve) => clock.schedule(delay, () => resolve(value)));
}

export function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}
