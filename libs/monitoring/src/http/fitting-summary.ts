import { compareHealth, type HealthSummary } from '@nestjs-resources/core';

import { fitting } from './response-size.js';

/** A summary of which some resources are left out, because an answer has a size. Its counts are those of all. */
export interface FittingSummary extends HealthSummary {
  /** How many are left out; absent if none. */
  readonly omitted?: number;
}

/** Leaves out what does not fit, and what is well before what is not. */
export function fittingSummary(summary: HealthSummary): FittingSummary {
  const entries = Object.entries(summary.resources);
  if (fitting(entries).length === entries.length) return summary;
  const kept = fitting(entries.toSorted(([, one], [, other]) => compareHealth(other.health, one.health)));
  return { ...summary, resources: Object.fromEntries(kept), omitted: entries.length - kept.length };
}
