import type { EventPattern, MonitorFigures, ResourceFigures, ResourceHealth } from '@nestjs-resources/core';

import { fitting } from '../http/response-size.js';

/** `health` is absent where it is as before; a figure that is `null` is not there any more. */
export interface FigureChanges {
  readonly kind: string;
  readonly health?: ResourceHealth;
  readonly figures: Readonly<Record<string, number | null>>;
}

/** What changes from second to second: figures that are numbers, and health. */
export interface Tick {
  readonly timestamp: number;
  /** Whether these are all figures; otherwise those that differ from the tick before, to be put over them. */
  readonly full: boolean;
  readonly resources: Readonly<Record<string, FigureChanges>>;
  /** Names that are not there any more. */
  readonly gone: readonly string[];
}

/** One second, for all who listen: everything is read once, however many they are. */
export interface TickPair {
  readonly full: Tick;
  readonly changes: Tick;
}

/** Compares the figures of now with those of the tick before. */
export class Ticker {
  private before: MonitorFigures['resources'] = {};

  constructor(private readonly read: () => MonitorFigures) {}

  next(): TickPair {
    const { timestamp, resources } = this.read();
    const { before } = this;
    this.before = resources;
    const changed = Object.entries(resources).flatMap(([name, now]) => {
      const change = changeOf(Object.hasOwn(before, name) ? before[name] : undefined, now);
      return change ? [[name, change] as const] : [];
    });
    const gone = Object.keys(before).filter((name) => !Object.hasOwn(resources, name));
    return {
      full: { timestamp, full: true, resources, gone: [] },
      changes: { timestamp, full: false, resources: Object.fromEntries(changed), gone },
    };
  }
}

/** The part of a tick that a filter wants, as far as it fits. */
export function tickFor(tick: Tick, { resource, kind }: EventPattern): Tick {
  const named = (name: string): boolean => resource === undefined || name === resource;
  const wanted = Object.entries(tick.resources).filter(
    ([name, figures]) => named(name) && (kind === undefined || figures.kind === kind),
  );
  return { ...tick, resources: Object.fromEntries(fitting(wanted)), gone: tick.gone.filter(named) };
}

function changeOf(before: ResourceFigures | undefined, now: ResourceFigures): FigureChanges | undefined {
  if (!before || before.kind !== now.kind) return now;
  const changed: [string, number | null][] = Object.entries(now.figures).filter(
    ([name, value]) => before.figures[name] !== value,
  );
  for (const name of Object.keys(before.figures)) if (!Object.hasOwn(now.figures, name)) changed.push([name, null]);
  const health = before.health === now.health ? undefined : { health: now.health };
  return changed.length > 0 || health ? { kind: now.kind, ...health, figures: Object.fromEntries(changed) } : undefined;
}
