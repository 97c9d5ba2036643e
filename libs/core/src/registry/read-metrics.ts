import { errorText } from '../errors/error-text.js';
import type { Metrics } from '../resource/metrics.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { Resource } from '../resource/resource.js';

/** Reads the figures of a resource so that one that cannot give them does not keep the others from being read. */
export function readMetrics(name: string, kind: string, resource: object): Metrics {
  const none: Metrics = { type: kind, name };
  try {
    const metrics: unknown = (resource as Resource).getMetrics?.();
    if (metrics === undefined || metrics === null || typeof metrics !== 'object') return none;
    return isPromiseLike(metrics) ? refusePromise(metrics, none) : { ...none, ...metrics };
  } catch (error) {
    return { ...none, error: errorText(error) };
  }
}

function refusePromise(promise: PromiseLike<unknown>, none: Metrics): Metrics {
  promise.then(undefined, () => undefined);
  return { ...none, error: 'getMetrics() returned a promise; figures must be at hand when they are asked for.' };
}
