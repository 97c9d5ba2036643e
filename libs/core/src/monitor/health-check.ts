import { redactText } from '../errors/redact.js';
import { shown } from '../options/shown.js';
import { isResourceHealth, ResourceHealth, type Health } from '../resource/health.js';
import type { CallContext } from '../resource/resource.js';

/** What a check may answer. */
export type HealthAnswer = Health | ResourceHealth;

/** A check written by the user: says how something is, now or later. Throwing means UNHEALTHY. */
export type HealthCheck<A extends HealthAnswer = HealthAnswer> = (context: CallContext) => A | Promise<A>;

/** How a registered check is run. What is left out follows the monitor's options. */
export interface HealthCheckOptions {
  /**
   * Whether it counts in full. A check that is not critical is never worse than DEGRADED. A check registered under the
   * name of a resource speaks for that resource and has its criticality. @default false
   */
  readonly critical?: boolean;
  /** Groups it joins besides those that name it. */
  readonly groups?: readonly string[];
  /** Milliseconds between two runs while it is healthy. */
  readonly interval?: number;
  /** Milliseconds it may take. */
  readonly timeout?: number;
  /** Bad results in a row until it is published as worse. */
  readonly failureThreshold?: number;
  /** Good results in a row until it is published as better. */
  readonly successThreshold?: number;
}

/** Why there is a bad result although the check did not say so itself. */
export type CheckFailure = 'error' | 'timeout' | 'invalid';

/** What one run of a check came to. */
export interface CheckResult extends Health {
  readonly failure?: CheckFailure;
  /** Milliseconds the run took. */
  readonly took: number;
  /** End of the run by the monotonic clock. */
  readonly at: number;
  /** End of the run by the wall clock. */
  readonly timestamp: number;
}

/** Reads what a check answered. Anything but a health is itself a bad result. */
export function healthFrom(answer: unknown): Health & { readonly failure?: CheckFailure } {
  if (isResourceHealth(answer)) return { status: answer };
  if (!isHealth(answer)) {
    const reason = `The check answered ${shown(answer)} instead of a health.`;
    return { status: ResourceHealth.UNHEALTHY, reason, failure: 'invalid' };
  }
  const { status, reason, details } = answer;
  return {
    status,
    ...(typeof reason === 'string' ? { reason: redactText(reason) } : undefined),
    ...(details === undefined ? undefined : { details }),
  };
}

function isHealth(answer: unknown): answer is Health {
  return typeof answer === 'object' && answer !== null && isResourceHealth((answer as { status?: unknown }).status);
}
