import { ResourceError } from '../errors/resource.error.js';

/** The registry has been closed, or is closing; that is for good. Code `REGISTRY_CLOSED`. */
export class RegistryClosedError extends ResourceError {
  constructor(what: string, resource?: string) {
    super(`${what}: the resource registry is closed. Resources live as long as their application.`, {
      code: 'REGISTRY_CLOSED',
      resource,
    });
  }
}
