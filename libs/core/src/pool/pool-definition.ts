import type { PoolOptions } from './pool-options.js';

/** Options of a pool that gets its name where it is declared. Unchecked: the pool checks them when it is made. */
export interface PoolDefinition<T> {
  readonly kind: 'pool-definition';
  readonly options: Omit<PoolOptions<T>, 'name'>;
}

/**
 * Defines a pool without a name; infers the type of its resource once.
 *
 * @example
 * pools: { smtp: definePool({ create: openSmtp, destroy: (client) => client.quit(), maxSize: 5 }) }
 */
export function definePool<T>(options: Omit<PoolOptions<T>, 'name'>): PoolDefinition<T> {
  return Object.freeze({ kind: 'pool-definition', options });
}
