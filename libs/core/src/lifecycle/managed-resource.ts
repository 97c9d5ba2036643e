import type { RegisterOptions } from '../registry/registry-options.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import {
  freeName,
  inScope,
  manage,
  splitArguments,
  type ManagedArguments,
  type ManagedBody,
  type ManagedResource,
} from './managed-scope.js';

/**
 * Registers and starts `resource` for a scope; at its end, whatever happened, it is closed and unregistered once. An error of
 * the body stays what it is when the close fails too; with `await using` the language joins both in a `SuppressedError`.
 *
 * @param name - `undefined` names it after its class
 * @throws {ResourceExistsError} when the name is taken; the resource is closed
 * @throws {ResourceStartError} when it does not start; it is closed and unregistered
 *
 * @example
 * await using feed = await managedResource(registry, 'price-feed', new PriceFeed());
 * feed.resource.subscribe('EUR');
 *
 * @example
 * const prices = await managedResource(registry, 'price-feed', new PriceFeed(), (feed) => feed.snapshot());
 */
export function managedResource<T extends object>(
  registry: ResourceRegistry,
  name: string | undefined,
  resource: T,
  options?: RegisterOptions,
): Promise<ManagedResource<T>>;
export function managedResource<T extends object, R>(
  registry: ResourceRegistry,
  name: string | undefined,
  resource: T,
  body: ManagedBody<T, R>,
): Promise<R>;
export function managedResource<T extends object, R>(
  registry: ResourceRegistry,
  name: string | undefined,
  resource: T,
  options: RegisterOptions,
  body: ManagedBody<T, R>,
): Promise<R>;
export async function managedResource<T extends object, R>(
  registry: ResourceRegistry,
  name: string | undefined,
  resource: T,
  ...rest: ManagedArguments<RegisterOptions, T, R>
): Promise<ManagedResource<T> | R> {
  const [options, body] = splitArguments(rest);
  const managed = await manage(registry, name ?? freeName(registry, resource), resource, options);
  return body ? inScope(managed, body) : managed;
}
