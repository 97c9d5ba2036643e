import type { ResourceHealth } from '../resource/health.js';
import type { ResourceState } from '../registry/registered-resource.js';
import { resourceTypeOf, type ResourceType, type Watched } from './health-summary.js';

/** Which resources one wants to see. Everything that is given must hold. */
export interface MetricsFilter {
  readonly name?: string;
  readonly type?: ResourceType;
  readonly kind?: string;
  readonly health?: ResourceHealth;
  readonly state?: ResourceState;
  readonly group?: string;
  /** Goes on after the resource of this name, in the order of registration. */
  readonly after?: string;
  /** How many at most. @default all */
  readonly limit?: number;
}

/** Whether the filter selects it; its group is looked up elsewhere. */
export function selects(filter: MetricsFilter, { subject, watch }: Watched): boolean {
  return (
    (filter.name === undefined || filter.name === subject.name) &&
    (filter.type === undefined || filter.type === resourceTypeOf(subject.kind)) &&
    (filter.kind === undefined || filter.kind === subject.kind) &&
    (filter.health === undefined || filter.health === watch.health) &&
    (filter.state === undefined || filter.state === subject.state)
  );
}

/** The part of a list that `after` and `limit` ask for. */
export function pageOf(members: readonly Watched[], { after, limit = Infinity }: MetricsFilter): readonly Watched[] {
  const begin = after === undefined ? 0 : members.findIndex(({ subject }) => subject.name === after) + 1;
  return members.slice(begin, begin + limit);
}
