import { ResourceError } from '../errors/resource.error.js';
import { closest } from '../options/closest.js';

/** A group was asked for that does not exist. Code `HEALTH_GROUP_NOT_FOUND`. */
export class HealthGroupNotFoundError extends ResourceError {
  constructor(group: string, known: readonly string[]) {
    const near = closest(group, known);
    const remedy = near ? `Did you mean '${near}'?` : `Known groups: ${known.join(', ')}.`;
    super(`There is no health group '${group}'. ${remedy}`, { code: 'HEALTH_GROUP_NOT_FOUND' });
  }
}
