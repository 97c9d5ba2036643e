import { ResourceError } from '../errors/resource.error.js';

/** Two checks under one name. Code `HEALTH_CHECK_EXISTS`. */
export class HealthCheckExistsError extends ResourceError {
  constructor(name: string) {
    super(`A health check '${name}' is registered already. Unregister it first, or give this one another name.`, {
      code: 'HEALTH_CHECK_EXISTS',
      resource: name,
    });
  }
}
