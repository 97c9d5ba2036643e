import { ResourceError } from '../errors/resource.error.js';

/** A name stands for one resource, and this one is taken. Code `RESOURCE_EXISTS`. */
export class ResourceExistsError extends ResourceError {
  /** @param closing - the one that has the name was unregistered and is not closed yet */
  constructor(name: string, closing = false) {
    const remedy = closing
      ? 'it was unregistered and is still closing. Await unregister() first.'
      : 'choose another name, or unregister it first.';
    super(`Resource '${name}' already exists: ${remedy}`, { code: 'RESOURCE_EXISTS', resource: name });
  }
}
