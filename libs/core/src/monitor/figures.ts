import { isSecretKey } from '../errors/redact.js';
import type { Metrics } from '../resource/metrics.js';
import { readMetrics } from '../registry/read-metrics.js';
import type { Subject } from './subject.js';

/** Groups within groups that are looked into. */
const DEEPEST = 3;
/** A name that is longer is somebody's data, and would be kept as the name of a column. */
const LONGEST_NAME = 100;

/** The figures of a subject, or why there are none. */
export function figuresOf({ name, kind, resource }: Subject): Metrics {
  return readMetrics(name, kind, resource ?? {});
}

/** The figures that are finite numbers and no secrets; those inside a group as `group.figure`. */
export function numbersIn(figures: object): Map<string, number> {
  const numbers = new Map<string, number>();
  try {
    collect(figures, '', 1, numbers);
  } catch {
    // A getter inside a group has thrown: what was read before it counts.
    return numbers;
  }
  return numbers;
}

function collect(figures: object, prefix: string, depth: number, numbers: Map<string, number>): void {
  for (const [name, value] of Object.entries(figures) as [string, unknown][]) {
    if (isSecretKey(name) || name.length > LONGEST_NAME) continue;
    if (typeof value === 'number' && Number.isFinite(value)) numbers.set(prefix + name, value);
    else if (typeof value === 'object' && value !== null && depth < DEEPEST) {
      collect(value, `${prefix}${name}.`, depth + 1, numbers);
    }
  }
}
