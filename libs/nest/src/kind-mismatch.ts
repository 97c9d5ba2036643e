import { ResourceError, type ResourceRegistry } from '@nestjs-resources/core';

import { messages } from './resource.messages.js';

/** The name is taken, but by something of another kind. Code `RESOURCE_KIND_MISMATCH`. */
export function kindMismatch(name: string, wanted: string, registry: ResourceRegistry): ResourceError {
  const message = messages.wrongKind(name, wanted, registry.entry(name).kind);
  return new ResourceError(message, { code: 'RESOURCE_KIND_MISMATCH', resource: name });
}
