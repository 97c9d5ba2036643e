/** How a resource is. Upper case, as in Uno. */
export const ResourceHealth = {
  HEALTHY: 'HEALTHY',
  DEGRADED: 'DEGRADED',
  UNHEALTHY: 'UNHEALTHY',
  UNKNOWN: 'UNKNOWN',
} as const;
export type ResourceHealth = (typeof ResourceHealth)[keyof typeof ResourceHealth];

/** What a check says. */
export interface Health {
  readonly status: ResourceHealth;
  /** Why it is not healthy, in a sentence without secrets. */
  readonly reason?: string;
  /** Figures that help to judge. Rendered only redacted. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const SEVERITY: Readonly<Record<ResourceHealth, number>> = { HEALTHY: 0, DEGRADED: 1, UNKNOWN: 2, UNHEALTHY: 3 };

/** Total order: HEALTHY < DEGRADED < UNKNOWN < UNHEALTHY. Positive when `a` is worse. */
export function compareHealth(a: ResourceHealth, b: ResourceHealth): number {
  return SEVERITY[a] - SEVERITY[b];
}

/** The worst of them; HEALTHY if there is none. */
export function worstHealth(healths: Iterable<ResourceHealth>): ResourceHealth {
  let worst: ResourceHealth = ResourceHealth.HEALTHY;
  for (const health of healths) if (compareHealth(health, worst) > 0) worst = health;
  return worst;
}

/** What a resource adds to the health of a group: one that is not critical is never worse than DEGRADED. */
export function contribution(health: ResourceHealth, critical: boolean): ResourceHealth {
  return critical || compareHealth(health, ResourceHealth.DEGRADED) <= 0 ? health : ResourceHealth.DEGRADED;
}

/** Whether `value` is one of the four, as checks written by users may return anything. */
export function isResourceHealth(value: unknown): value is ResourceHealth {
  return typeof value === 'string' && Object.hasOwn(SEVERITY, value);
}
