import { refuseNonFunction } from '../options/refuse-misfits.js';
import type { RegisterOptions } from '../registry/registry-options.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import { managedResource } from './managed-resource.js';
import { splitArguments, type ManagedArguments, type ManagedBody, type ManagedResource } from './managed-scope.js';

/** Makes a pool, which it does not start. */
export type PoolFactory<P extends object> = (name: string) => P | Promise<P>;

/**
 * Makes a pool, registers and starts it for a scope; at its end, whatever happened, it is closed and unregistered once. A pool
 * that cannot be registered is closed too.
 *
 * @throws what the factory throws; {@link ResourceExistsError}; {@link ResourceStartError}
 *
 * @example
 * await using smtp = await managedConnectionPool(registry, 'smtp', (name) => new ConnectionPool({ name, create: openSmtp }));
 * await smtp.resource.use((client) => client.send(mail));
 */
export function managedConnectionPool<P extends object>(
  registry: ResourceRegistry,
  name: string,
  poolFactory: PoolFactory<P>,
  options?: RegisterOptions,
): Promise<ManagedResource<P>>;
export function managedConnectionPool<P extends object, R>(
  registry: ResourceRegistry,
  name: string,
  poolFactory: PoolFactory<P>,
  body: ManagedBody<P, R>,
): Promise<R>;
export function managedConnectionPool<P extends object, R>(
  registry: ResourceRegistry,
  name: string,
  poolFactory: PoolFactory<P>,
  options: RegisterOptions,
  body: ManagedBody<P, R>,
): Promise<R>;
export async function managedConnectionPool<P extends object, R>(
  registry: ResourceRegistry,
  name: string,
  poolFactory: PoolFactory<P>,
  ...rest: ManagedArguments<RegisterOptions, P, R>
): Promise<ManagedResource<P> | R> {
  const [options = {}, body] = splitArguments(rest);
  refuseNonFunction('managedConnectionPool', 'poolFactory', poolFactory);
  const pool = await poolFactory(name);
  return body ? managedResource(registry, name, pool, options, body) : managedResource(registry, name, pool, options);
}
