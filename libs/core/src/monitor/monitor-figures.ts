import type { ResourceHealth } from '../resource/health.js';
import { figuresOf, numbersIn } from './figures.js';
import type { Watched } from './health-summary.js';

/** The figures of one resource that are numbers; those inside a group as `group.figure`. */
export interface ResourceFigures {
  readonly kind: string;
  readonly health: ResourceHealth;
  readonly figures: Readonly<Record<string, number>>;
}

/** The figures of everything at one instant: what a page redraws every second. */
export interface MonitorFigures {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly resources: Readonly<Record<string, ResourceFigures>>;
}

export function monitorFigures(members: readonly Watched[], timestamp: number): MonitorFigures {
  const entries = members.map(({ subject, watch }) => {
    const figures = Object.fromEntries(numbersIn(figuresOf(subject)));
    return [subject.name, { kind: subject.kind, health: watch.health, figures }] as const;
  });
  return { timestamp, resources: Object.fromEntries(entries) };
}
