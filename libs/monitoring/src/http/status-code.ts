import { ResourceHealth } from '@nestjs-resources/core';

/** What a load balancer is told. DEGRADED still serves, and what is not known is no reason to be restarted. */
export function statusCodeOf(health: ResourceHealth): 200 | 503 {
  return health === ResourceHealth.UNHEALTHY ? 503 : 200;
}

/** Readiness is stricter: nobody is sent where nothing is known. */
export function readinessCodeOf(health: ResourceHealth): 200 | 503 {
  return health === ResourceHealth.UNKNOWN ? 503 : statusCodeOf(health);
}
