import { closeVerbOf } from '../registry/close-verb.js';
import { refuseMisfits } from '../options/refuse-misfits.js';
import { suppressedError } from '../errors/suppressed.js';
import type { RegisterOptions } from '../registry/registry-options.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';

/** A resource for as long as a scope lasts. Disposing closes and unregisters it, once. */
export interface ManagedResource<T extends object> extends AsyncDisposable {
  /** Its name in the registry. */
  readonly name: string;
  readonly resource: T;
}

/** What is done with a resource while it is there. */
export type ManagedBody<T, R> = (resource: T) => R | Promise<R>;

/** What may follow the resource in a call: options, a body, both or neither. */
export type ManagedArguments<O, T, R> = readonly [(O | ManagedBody<T, R>)?, ManagedBody<T, R>?];

/** Tells options and body apart. */
export function splitArguments<O extends object, T, R>(
  given: ManagedArguments<O, T, R>,
): [options: O | undefined, body: ManagedBody<T, R> | undefined] {
  const [first, second] = given;
  return typeof first === 'function' ? [undefined, first] : [first, second];
}

/** Registers and starts `resource`. Whatever fails on the way, it does not stay open. */
export async function manage<T extends object>(
  registry: ResourceRegistry,
  name: string,
  resource: T,
  options: RegisterOptions | undefined,
): Promise<ManagedResource<T>> {
  await orElse(
    () => {
      refuseMisfits('A managed resource', { registry: [registry, 'a ResourceRegistry', 'started'] });
      registry.register(name, resource, options);
    },
    () => closeUnregistered(resource),
  );
  const managed = new RegisteredScope(registry, name, resource);
  await orElse(
    () => registry.started(name),
    () => managed[Symbol.asyncDispose](),
  );
  return managed;
}

/**
 * Runs `body` and ends the scope. An error of the body comes out as it is, so that whoever handles it recognises it; a close
 * that fails as well is told by the registry's `resource.close.failed`.
 */
export async function inScope<T extends object, R>(managed: ManagedResource<T>, body: ManagedBody<T, R>): Promise<R> {
  let result: R;
  try {
    result = await body(managed.resource);
  } catch (error) {
    await managed[Symbol.asyncDispose]().then(undefined, () => undefined);
    throw error;
  }
  await managed[Symbol.asyncDispose]();
  return result;
}

/** Does `work`; when it fails, cleans up and fails with its error, joined with that of the clean-up if there is one. */
export async function orElse<R>(work: () => R | Promise<R>, cleanUp: () => unknown): Promise<R> {
  try {
    return await work();
  } catch (error) {
    try {
      await cleanUp();
    } catch (cleanUpError) {
      throw suppressedError(cleanUpError, error, 'Cleaning up failed after the work had failed.');
    }
    throw error;
  }
}

class RegisteredScope<T extends object> implements ManagedResource<T> {
  private ending: Promise<void> | undefined = undefined;

  constructor(
    private readonly registry: ResourceRegistry,
    readonly name: string,
    readonly resource: T,
  ) {}

  [Symbol.asyncDispose](): Promise<void> {
    this.ending ??= this.end();
    return this.ending;
  }

  private async end(): Promise<void> {
    // Somebody else may have unregistered it, or closed the registry, which has closed it too.
    if (!this.registry.has(this.name) || this.registry.get(this.name) !== this.resource) return;
    const report = await this.registry.unregister(this.name);
    const [first, ...others] = report?.errors ?? [];
    if (first === undefined) return;
    throw others.reduce((earlier, error) => suppressedError(error, earlier), first);
  }
}

/** For what never got a place in a registry. Without one there is nobody who would limit its time. */
async function closeUnregistered(resource: unknown): Promise<void> {
  if (typeof resource !== 'object' || resource === null) return;
  await closeVerbOf(resource)?.({ signal: new AbortController().signal, deadline: Infinity });
}

/** `PriceFeed_1`, `PriceFeed_2` …: the first that is not taken. */
export function freeName(registry: ResourceRegistry, resource: object): string {
  const type = resource.constructor?.name || 'Resource';
  for (let number = 1; ; number++) {
    const name = `${type}_${number}`;
    if (!registry.has(name)) return name;
  }
}
