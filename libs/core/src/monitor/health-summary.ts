import { contribution, ResourceHealth, worstHealth } from '../resource/health.js';
import type { ResourceState } from '../registry/registered-resource.js';
import type { Subject } from './subject.js';
import type { Watch } from './watch.js';

/** Uno's words for what a resource is. */
export type ResourceType = 'CONNECTION_POOL' | 'CIRCUIT_BREAKER' | 'TASK' | 'SYSTEM' | 'CUSTOM';

const TYPES: Readonly<Record<string, ResourceType>> = {
  pool: 'CONNECTION_POOL',
  'data-source': 'CONNECTION_POOL',
  breaker: 'CIRCUIT_BREAKER',
  task: 'TASK',
  system: 'SYSTEM',
};

/** Uno's word for a kind; what Uno does not know is CUSTOM. */
export function resourceTypeOf(kind: string): ResourceType {
  return (Object.hasOwn(TYPES, kind) ? TYPES[kind] : undefined) ?? 'CUSTOM';
}

/** What all runs of a check came to. */
export interface CheckTally {
  readonly total: number;
  /** Milliseconds that all of them took. */
  readonly time: number;
  /** Those that threw, took too long, or answered rubbish. */
  readonly error: number;
  readonly timeout: number;
  readonly invalid: number;
}

/** How one resource is, in a summary. Instants are milliseconds since the epoch. */
export interface ResourceHealthEntry {
  readonly health: ResourceHealth;
  readonly type: ResourceType;
  readonly kind: string;
  readonly critical: boolean;
  /** State in the registry; of a check by itself, `running`. */
  readonly state: ResourceState;
  /** Why it is not healthy, redacted. */
  readonly reason?: string;
  /** Since when it has this health. */
  readonly since: number;
  /** End of the last check; `null` before the first and for what is not checked. */
  readonly lastUpdated: number | null;
  /** Absent for what is not checked. */
  readonly checks?: CheckTally;
  /** The last result came too long ago to count. */
  readonly stale?: true;
  /** Results keep changing. */
  readonly flapping?: true;
}

/** How a group, or everything, is. */
export interface HealthSummary {
  readonly timestamp: number;
  /** The worst of what the members contribute; one that is not critical contributes at most DEGRADED. */
  readonly overallHealth: ResourceHealth;
  readonly resourceCount: number;
  readonly healthyCount: number;
  readonly degradedCount: number;
  readonly unhealthyCount: number;
  readonly unknownCount: number;
  readonly resources: Readonly<Record<string, ResourceHealthEntry>>;
}

/** A subject and what is known of it. */
export interface Watched {
  readonly subject: Subject;
  readonly watch: Watch;
}

/**
 * The worst contribution. An empty group is HEALTHY, because it must not keep anybody out; when there is nothing at all
 * beside the system, which says nothing of resources that are not there, it is UNKNOWN.
 *
 * @param group - whose members they are; `undefined` if they are everything
 */
export function overallOf(group: string | undefined, members: readonly Watched[]): ResourceHealth {
  const nothing = group === undefined && members.every(({ subject }) => subject.kind === 'system');
  if (nothing) return ResourceHealth.UNKNOWN;
  return worstHealth(members.map(({ subject, watch }) => contribution(watch.health, subject.critical)));
}

export function summarize(timestamp: number, overall: ResourceHealth, members: readonly Watched[]): HealthSummary {
  const count = (health: ResourceHealth): number => members.filter(({ watch }) => watch.health === health).length;
  return {
    timestamp,
    overallHealth: overall,
    resourceCount: members.length,
    healthyCount: count(ResourceHealth.HEALTHY),
    degradedCount: count(ResourceHealth.DEGRADED),
    unhealthyCount: count(ResourceHealth.UNHEALTHY),
    unknownCount: count(ResourceHealth.UNKNOWN),
    resources: Object.fromEntries(members.map((member) => [member.subject.name, entryOf(member)])),
  };
}

function entryOf({ subject, watch }: Watched): ResourceHealthEntry {
  const { kind, critical, state } = subject;
  return {
    health: watch.health,
    type: resourceTypeOf(kind),
    kind,
    critical,
    state,
    ...(watch.reason === undefined ? undefined : { reason: watch.reason }),
    since: watch.since,
    lastUpdated: watch.last?.timestamp ?? null,
    ...(watch.tally.total > 0 ? { checks: { ...watch.tally } } : undefined),
    ...(watch.stale ? { stale: true as const } : undefined),
    ...(watch.flapping ? { flapping: true as const } : undefined),
  };
}
