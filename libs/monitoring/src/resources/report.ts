import type {
  EventRecord,
  ManagerPhase,
  MonitorMemory,
  ResourceEvents,
  ResourceManager,
  ResourceMonitor,
} from '@nestjs-resources/core';

import { fittingSummary, type FittingSummary } from '../http/fitting-summary.js';

const LAST_EVENTS = 20;

/** One page about everything, for a person in a hurry. */
export interface Report {
  readonly phase: ManagerPhase;
  readonly health: FittingSummary;
  readonly memory: MonitorMemory;
  /** The newest, oldest first. */
  readonly events: readonly EventRecord[];
}

/** Where a report comes from. */
export interface ReportSources {
  readonly manager: ResourceManager;
  readonly monitor: ResourceMonitor;
  readonly events: ResourceEvents;
}

export function makeReport({ manager, monitor, events }: ReportSources): Report {
  return {
    phase: manager.phase,
    health: fittingSummary(monitor.getHealthSummary()),
    memory: monitor.memory,
    events: events.since(Math.max(0, events.lastSequence - LAST_EVENTS)),
  };
}

/** The same in plain text: readable in a terminal, without a browser or a parser. */
export function reportText({ phase, health, memory, events }: Report): string {
  const { timestamp, overallHealth, resourceCount, resources } = health;
  return [
    `${instant(timestamp)}  ${overallHealth}  ${phase}  ${resourceCount} resources`,
    '',
    ...table(
      Object.entries(resources).map(([name, entry]) => [
        entry.health,
        name,
        entry.kind,
        entry.critical ? 'critical' : '',
        entry.state,
        entry.reason ?? '',
      ]),
    ),
    '',
    'Last events',
    ...table(
      events.map((event) => [String(event.sequence), instant(event.timestamp), event.type, event.resource ?? '']),
    ),
    '',
    `Histories take ${Math.ceil(memory.used / 1024)} of ${Math.ceil(memory.limit / 1024)} KiB.`,
    '',
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => oneLine(cell).padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function instant(timestamp: number): string {
  return new Date(timestamp).toISOString();
}
