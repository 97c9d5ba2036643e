import { ResourceError } from '../errors/resource.error.js';
import { closest } from '../options/closest.js';

const MOST_SHOWN = 20;

/** No resource has this name. Says which name was probably meant. Code `RESOURCE_NOT_FOUND`. */
export class ResourceNotFoundError extends ResourceError {
  /** @param asked - what was asked for; a program may ask for something that is no name at all */
  constructor(asked: unknown, known: readonly string[]) {
    const name = String(asked);
    super(`Resource '${name}' does not exist; ${remedy(name, known)}`, {
      code: 'RESOURCE_NOT_FOUND',
      resource: name,
    });
  }
}

function remedy(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  if (near !== undefined) return `did you mean '${near}'?`;
  if (known.length === 0) return 'nothing is registered.';
  const shown = known.slice(0, MOST_SHOWN).join(', ');
  return `registered: ${shown}${known.length > MOST_SHOWN ? ` and ${known.length - MOST_SHOWN} more` : ''}.`;
}
