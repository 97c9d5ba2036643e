import { redact } from '../errors/redact.js';
import type { ResourceHealth } from '../resource/health.js';
import { figuresOf } from './figures.js';
import { resourceTypeOf, type CheckTally, type ResourceType, type Watched } from './health-summary.js';
import type { ResourceState } from '../registry/registered-resource.js';
import type { Subject } from './subject.js';
import type { HealthTransition } from './watch.js';

/** Characters of JSON that the figures, the metadata or the details of one resource may take. */
const MOST_TEXT = 65_536;

/** The last check of a resource. Durations and instants are milliseconds. */
export interface CheckSnapshot {
  /** What the last run said, before thresholds. */
  readonly raw: ResourceHealth;
  /** How many of the newest runs said the same. */
  readonly consecutive: number;
  readonly took: number;
  readonly timestamp: number;
  readonly reason?: string;
  readonly details?: unknown;
  /** All runs since it is watched. */
  readonly runs: CheckTally;
  /** A run has timed out and still has not ended; no other begins until it does. */
  readonly hanging: boolean;
}

/** A sample of the past. */
export interface HistoryEntry {
  readonly timestamp: number;
  readonly health: ResourceHealth;
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** All that is known of one resource: a copy, redacted. */
export interface ResourceSnapshot {
  readonly name: string;
  readonly type: ResourceType;
  readonly kind: string;
  readonly health: ResourceHealth;
  readonly reason?: string;
  readonly critical: boolean;
  readonly state: ResourceState;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly check?: CheckSnapshot;
  readonly transitions: readonly HealthTransition[];
  readonly firstSeen: number;
  /** When it was last checked or sampled. */
  readonly lastUpdated: number;
  /** Milliseconds since `lastUpdated`. */
  readonly age: number;
  readonly history?: readonly HistoryEntry[];
}

export interface SnapshotOptions {
  /** @default false */
  readonly includeHistory?: boolean;
  /** The newest samples that are included at most, of each resource. @default all */
  readonly historyLimit?: number;
}

export function snapshotOf(watched: Watched, wallNow: number, options: SnapshotOptions): ResourceSnapshot {
  const { subject, watch } = watched;
  const lastUpdated = watch.last?.timestamp ?? watch.since;
  const check = checkOf(watched);
  return {
    name: subject.name,
    type: resourceTypeOf(subject.kind),
    kind: subject.kind,
    health: watch.health,
    ...(watch.reason === undefined ? undefined : { reason: watch.reason }),
    critical: subject.critical,
    state: subject.state,
    metadata: redactedObject(metadataOf(subject)),
    metrics: redactedObject(figuresOf(subject)),
    ...(check && { check }),
    transitions: [...watch.transitions],
    firstSeen: watch.firstSeen,
    lastUpdated,
    age: Math.max(0, wallNow - lastUpdated),
    ...(options.includeHistory ? { history: historyOf(watched, options.historyLimit) } : undefined),
  };
}

function checkOf({ watch }: Watched): CheckSnapshot | undefined {
  const { last, runner } = watch;
  if (!last) return undefined;
  const { took, timestamp, reason, details } = last;
  return {
    raw: last.status,
    consecutive: watch.consecutive,
    took,
    timestamp,
    ...(reason === undefined ? undefined : { reason }),
    ...(details === undefined ? undefined : { details: shownOf(details) }),
    runs: { ...watch.tally },
    hanging: runner.hanging,
  };
}

function historyOf({ watch }: Watched, limit = Infinity): readonly HistoryEntry[] {
  const columns = watch.history?.read();
  if (!columns) return [];
  const figures = Object.entries(columns.figures);
  const entries: HistoryEntry[] = [];
  for (let row = Math.max(0, columns.t.length - limit); row < columns.t.length; row++) {
    entries.push({
      timestamp: columns.t[row] ?? 0,
      health: columns.health[row] ?? watch.health,
      metrics: Object.fromEntries(figures.map(([name, column]) => [name, column[row] ?? null])),
    });
  }
  return entries;
}

/** What a resource says of itself; a class that happens to have such a property means something else by it. */
function metadataOf({ resource }: Subject): object {
  const metadata = readMetadata(resource);
  if (typeof metadata !== 'object' || metadata === null) return {};
  return Object.getPrototypeOf(metadata) === Object.prototype ? metadata : {};
}

function readMetadata(resource: object | undefined): unknown {
  try {
    return (resource as { metadata?: unknown } | undefined)?.metadata;
  } catch {
    // A getter of that name may be for other occasions.
    return undefined;
  }
}

function redactedObject(value: object): Readonly<Record<string, unknown>> {
  return shownOf(value) as Readonly<Record<string, unknown>>;
}

/** A redacted copy, unless it is so much that it would crowd out everything else. */
function shownOf(value: unknown): unknown {
  const shown = redact(value);
  const length = JSON.stringify(shown)?.length ?? 0;
  return length <= MOST_TEXT ? shown : { error: `These are ${length} characters; at most ${MOST_TEXT} are shown.` };
}
