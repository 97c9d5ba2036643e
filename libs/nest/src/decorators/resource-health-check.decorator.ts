import type { HealthCheck, HealthCheckOptions } from '@nestjs-resources/core';

import { markMethod } from './mark-method.js';

/** @internal */
export const RESOURCE_HEALTH_CHECKS = 'resource:health-checks';

/** @internal */
export interface HealthCheckMark {
  readonly name: string;
  readonly options: HealthCheckOptions;
}

/**
 * Makes the method a health check that the monitor calls again and again. Under the name of a resource it speaks for that
 * resource.
 *
 * @example
 * @ResourceHealthCheck('disk', { groups: ['ready'] })
 * check(): Health {
 *   return this.free > 0.1 ? { status: 'HEALTHY' } : { status: 'DEGRADED', reason: 'less than 10 % free' };
 * }
 */
export function ResourceHealthCheck(name: string, options: HealthCheckOptions = {}) {
  return <M extends HealthCheck>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const decorated = { decorator: '@ResourceHealthCheck', target, key, descriptor };
    markMethod<HealthCheckMark>(RESOURCE_HEALTH_CHECKS, decorated, { name, options });
  };
}
