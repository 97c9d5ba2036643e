import type { ResourceHealth, ResourceHealthEntry } from '@nestjs-resources/core';

/** The word a probe answers with. */
export type ProbeStatus = 'ok' | 'degraded' | 'unknown' | 'error' | 'starting' | 'shutting_down';

/** What a probe answers. */
export interface ProbeAnswer {
  readonly code: 200 | 503;
  readonly status: ProbeStatus;
}

/** What it sends: strangers learn the word alone. */
export interface ProbeBody {
  readonly status: ProbeStatus;
  readonly resources?: Readonly<Record<string, ResourceHealthEntry>>;
}

export const PROBE_WORDS: Readonly<Record<ResourceHealth, ProbeStatus>> = {
  HEALTHY: 'ok',
  DEGRADED: 'degraded',
  UNKNOWN: 'unknown',
  UNHEALTHY: 'error',
};
