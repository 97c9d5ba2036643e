import type { Watched } from './health-summary.js';
import { pageOf, selects, type MetricsFilter } from './metrics-filter.js';
import { snapshotOf, type ResourceSnapshot, type SnapshotOptions } from './resource-snapshot.js';

/** What `getMetrics` returns: a copy, redacted. */
export interface MonitorMetrics {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** How many the filter selects, on all pages. */
  readonly resourceCount: number;
  readonly resources: Readonly<Record<string, ResourceSnapshot>>;
  /** What to go on after, if there is more. */
  readonly next?: string;
}

/** Snapshots of those that the filter selects, one page of them. */
export function metricsOf(
  members: readonly Watched[],
  filter: MetricsFilter,
  timestamp: number,
  options: SnapshotOptions,
): MonitorMetrics {
  const selected = members.filter((watched) => selects(filter, watched));
  const page = pageOf(selected, filter);
  const next = page.at(-1) === selected.at(-1) ? undefined : page.at(-1)?.subject.name;
  const snapshots = page.map((watched) => [watched.subject.name, snapshotOf(watched, timestamp, options)] as const);
  return {
    timestamp,
    resourceCount: selected.length,
    resources: Object.fromEntries(snapshots),
    ...(next === undefined ? undefined : { next }),
  };
}
