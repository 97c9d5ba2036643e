import type { Metrics, RegisteredResource, ResourceHealthEntry, ResourceTally } from '@nestjs-resources/core';
import type { ResourceMonitor, ResourceRegistry } from '@nestjs-resources/core';

/** One resource at the instant of a scrape. */
export interface Reading {
  readonly name: string;
  readonly kind: string;
  /** In the registry; absent for a check by itself. */
  readonly entry: RegisteredResource | undefined;
  readonly health: ResourceHealthEntry | undefined;
  readonly metrics: Metrics | undefined;
  /** What its events came to. */
  readonly tally: ResourceTally | undefined;
}

/** Where readings come from. */
export interface ReadingSources {
  readonly registry: ResourceRegistry;
  readonly monitor: ResourceMonitor;
}

/** Reads everything once: what is not registered any more is not there. */
export function readAll({ registry, monitor }: ReadingSources): Reading[] {
  const { resources } = monitor.getHealthSummary();
  const metrics = registry.getMetrics();
  const readings: Reading[] = registry.list().map((entry) => ({
    name: entry.name,
    kind: entry.kind,
    entry,
    health: resources[entry.name],
    metrics: metrics[entry.name],
    tally: monitor.getTally(entry.name),
  }));
  for (const [name, health] of Object.entries(resources)) {
    if (registry.has(name)) continue;
    readings.push({ name, kind: health.kind, entry: undefined, health, metrics: undefined, tally: undefined });
  }
  return readings;
}

/**
 * The readings of one scrape, shared by all of its metrics. An exporter asks for each metric in turn and in the same step;
 * reading everything for each of them would cost forty times as much.
 */
export class Scrape {
  private readings: readonly Reading[] | undefined = undefined;

  constructor(private readonly sources: ReadingSources) {}

  take(): readonly Reading[] {
    if (!this.readings) queueMicrotask(() => (this.readings = undefined));
    this.readings ??= readAll(this.sources);
    return this.readings;
  }
}
