import { ResourceError } from '../errors/resource.error.js';

/** It cannot be closed before what depends on it. Code `RESOURCE_IN_USE`. */
export class ResourceInUseError extends ResourceError {
  /** Names of those that depend on it. */
  readonly dependants: readonly string[];

  constructor(name: string, dependants: readonly string[]) {
    const list = dependants.map((dependant) => `'${dependant}'`).join(', ');
    super(`Resource '${name}' cannot be unregistered: ${list} depend on it. Unregister them first.`, {
      code: 'RESOURCE_IN_USE',
      resource: name,
    });
    this.dependants = dependants;
  }
}
