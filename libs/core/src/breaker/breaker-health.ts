import { ResourceHealth, type Health } from '../resource/health.js';
import type { BreakerMetrics } from './breaker-metrics.js';

/**
 * What a breaker says of the service behind it. What that means for the application is up to the registry: a resource that
 * is not critical, as breakers are unless told otherwise, never makes it worse than DEGRADED.
 */
export function breakerHealth(metrics: BreakerMetrics, lastFailure: { readonly error: unknown } | undefined): Health {
  const { state, mode, failureCount, failureThreshold, failureRate, slowRate, rejected, retryAfter } = metrics;
  const details = {
    state,
    mode,
    failureCount,
    failureThreshold,
    failureRate,
    slowRate,
    rejected,
    retryAfter,
    // Its message may tell more than an endpoint should.
    lastFailure: lastFailure ? nameOf(lastFailure.error) : null,
  };
  return { ...statusOf(metrics), details };
}

function statusOf({ state, mode, modeReason, retryAfter }: BreakerMetrics): Health {
  if (mode === 'forced_open')
    return {
      status: ResourceHealth.DEGRADED,
      reason: `held open by an operator${modeReason ? `: ${modeReason}` : ''}`,
    };
  if (mode !== 'auto' || state === 'closed') return { status: ResourceHealth.HEALTHY };
  if (state === 'half_open') return { status: ResourceHealth.DEGRADED, reason: 'trial calls are under way' };
  if (retryAfter === 0) return { status: ResourceHealth.DEGRADED, reason: 'open, the next call is a trial' };
  return { status: ResourceHealth.UNHEALTHY, reason: `open, the next trial is in ${Math.ceil(retryAfter)} ms` };
}

function nameOf(error: unknown): string {
  try {
    const name = typeof error === 'object' && error !== null ? (error as { name?: unknown }).name : undefined;
    return typeof name === 'string' ? name : typeof error;
  } catch {
    // A getter may throw.
    return typeof error;
  }
}
