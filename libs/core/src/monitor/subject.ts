import { errorText } from '../errors/error-text.js';
import { ResourceHealth } from '../resource/health.js';
import type { CallContext, Resource } from '../resource/resource.js';
import type { RegisteredResource, ResourceState } from '../registry/registered-resource.js';
import type { CustomCheck } from './custom-check.js';

/** What the monitor looks at under one name: a resource, a registered check, or a resource for which a check speaks. */
export interface Subject {
  readonly name: string;
  readonly kind: string;
  readonly critical: boolean;
  /** Of a resource, its state in the registry; of a check by itself, `running`. */
  readonly state: ResourceState;
  readonly resource: Resource | undefined;
  readonly custom: CustomCheck | undefined;
  /** What to ask, once it runs. */
  readonly check: ((context: CallContext) => unknown) | undefined;
  /** What the state alone says: `undefined` when the check has to tell. */
  readonly given: { readonly status: ResourceHealth; readonly reason?: string } | undefined;
}

/** A registered resource; a check of the same name speaks for it. */
export function subjectOf(entry: RegisteredResource, custom: CustomCheck | undefined): Subject {
  const { name, kind, critical, state } = entry;
  const resource: Resource = entry.resource;
  const check = custom?.check ?? ownCheck(resource);
  return { name, kind, critical, state, resource, custom, check, given: givenBy(entry, check !== undefined) };
}

/** A check that cannot even be read is one that fails. */
function ownCheck(resource: Resource): Subject['check'] {
  try {
    return typeof resource.check === 'function' ? resource.check.bind(resource) : undefined;
  } catch (error) {
    return () => Promise.reject(error as Error);
  }
}

/** A check that belongs to no resource in the registry. */
export function subjectOfCheck(custom: CustomCheck): Subject {
  const { name, check, owner, options } = custom;
  const kind = owner?.kind ?? 'custom';
  const { critical } = options;
  return { name, kind, critical, state: 'running', resource: owner, custom, check, given: undefined };
}

/**
 * What the state in the registry says: a resource that runs and has no check is healthy, one that failed to start is not,
 * one that waits for its first use serves as soon as it is asked. Everything in between is UNKNOWN.
 */
function givenBy(entry: RegisteredResource, checked: boolean): Subject['given'] {
  switch (entry.state) {
    case 'running':
      return checked ? undefined : { status: ResourceHealth.HEALTHY };
    case 'failed':
      return { status: ResourceHealth.UNHEALTHY, reason: `It failed to start: ${errorText(entry.error)}` };
    case 'registered':
      if (entry.lazy) return { status: ResourceHealth.HEALTHY, reason: 'It starts with its first use.' };
      return { status: ResourceHealth.UNKNOWN, reason: 'It has not started yet.' };
    default:
      return { status: ResourceHealth.UNKNOWN, reason: `It is ${entry.state}.` };
  }
}
