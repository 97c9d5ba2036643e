import { ResourceError } from '../errors/resource.error.js';
import { closest } from '../options/closest.js';
import { shown } from '../options/shown.js';

/** A group was asked for that does not exist. Code `HEALTH_GROUP_NOT_FOUND`. */
export class HealthGroupNotFoundError extends ResourceError {
  constructor(group: unknown, known: readonly string[]) {
    const near = typeof group === 'string' ? closest(group, known) : undefined;
    const remedy = near ? `Did you mean '${near}'?` : `Known groups: ${known.join(', ')}.`;
    super(`There is no health group ${shown(group)}. ${remedy}`, { code: 'HEALTH_GROUP_NOT_FOUND' });
  }
}
