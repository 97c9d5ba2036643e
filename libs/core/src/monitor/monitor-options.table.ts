import { systemClock } from '../clock/system-clock.js';
import { defineOptions, type OptionTable } from '../options/option-spec.js';
import { shown } from '../options/shown.js';
import type { HealthCheckOptions } from './health-check.js';
import type { CheckedMonitorOptions } from './monitor-options.js';

const historyTable = defineOptions<CheckedMonitorOptions['history']>({
  size: { kind: 'integer', min: 1, max: 100_000, default: 360, description: 'Samples kept per resource.' },
  interval: { kind: 'duration', min: 1_000, default: 10_000, description: 'Between two samples.' },
  memory: {
    kind: 'integer',
    min: 0,
    default: 32 * 1024 * 1024,
    zero: 'no history',
    description: 'Bytes that all histories together may take; a resource that finds no room is watched without one.',
  },
});

/** All that is known about the options of the monitor. */
export const monitorOptionTable: OptionTable = defineOptions<CheckedMonitorOptions>({
  interval: {
    kind: 'duration',
    min: 1_000,
    default: 10_000,
    description: 'Between two checks of a healthy resource.',
  },
  downInterval: {
    kind: 'duration',
    min: 1_000,
    default: 3_000,
    description: 'Between two checks of a resource that is not healthy.',
  },
  jitter: {
    kind: 'number',
    min: 0,
    max: 0.5,
    default: 0.2,
    description: 'Share by which each interval varies, so that checks spread.',
  },
  timeout: {
    kind: 'duration',
    default: 2_000,
    description: 'How long a check may take; its signal is aborted then.',
  },
  concurrency: { kind: 'integer', min: 1, max: 1_000, default: 8, description: 'Checks at the same time.' },
  failureThreshold: {
    kind: 'integer',
    min: 1,
    max: 100,
    default: 3,
    description: 'Worse results in a row until it is published.',
  },
  successThreshold: {
    kind: 'integer',
    min: 1,
    max: 100,
    default: 2,
    description: 'Better results in a row until it is published.',
  },
  history: { kind: 'group', table: historyTable, description: 'What is remembered of each resource.' },
  groups: {
    kind: 'custom',
    expected: "an object whose values are lists of names, 'critical' or 'all'",
    check: problemWithGroups,
    default: {},
    description: 'Groups whose health is asked for together: `live`, `ready`, `startup` and your own.',
  },
  system: {
    kind: 'boolean',
    default: true,
    description: 'Whether there is an entry `system` for the process and its machine.',
  },
  events: {
    kind: 'custom',
    expected: 'a ResourceEvents',
    check: (value) => (has(value, 'publish') ? undefined : `must be a ResourceEvents, got ${shown(value)}`),
    absent: 'those of the registry',
    description: 'Where changes of health are published.',
  },
  clock: {
    kind: 'custom',
    expected: 'a Clock',
    check: (value) => (has(value, 'schedule') ? undefined : `must be a Clock, got ${shown(value)}`),
    default: systemClock,
    description: 'Time; for tests.',
  },
  random: {
    kind: 'custom',
    expected: 'a function',
    check: (value) => (typeof value === 'function' ? undefined : `must be a function, got ${shown(value)}`),
    default: Math.random,
    description: 'Numbers in [0, 1); for tests.',
  },
});

/** All that is known about the options of one registered check. */
export const healthCheckOptionTable: OptionTable = defineOptions<HealthCheckOptions>({
  critical: {
    kind: 'boolean',
    default: false,
    description: 'Whether it counts in full; otherwise it is never worse than DEGRADED.',
  },
  groups: {
    kind: 'custom',
    expected: 'a list of group names',
    check: (value) => (isNames(value) ? undefined : `must be a list of group names, got ${shown(value)}`),
    default: [],
    description: 'Groups it joins besides those that name it.',
  },
  interval: {
    kind: 'duration',
    min: 1_000,
    absent: "the monitor's interval",
    description: 'Between two runs while it is healthy.',
  },
  timeout: { kind: 'duration', absent: "the monitor's timeout", description: 'How long it may take.' },
  failureThreshold: {
    kind: 'integer',
    min: 1,
    max: 100,
    absent: "the monitor's threshold",
    description: 'Worse results in a row until it is published.',
  },
  successThreshold: {
    kind: 'integer',
    min: 1,
    max: 100,
    absent: "the monitor's threshold",
    description: 'Better results in a row until it is published.',
  },
});

function problemWithGroups(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `must be an object, got ${shown(value)}`;
  }
  for (const [group, members] of Object.entries(value)) {
    if (members === 'critical' || members === 'all' || isNames(members)) continue;
    return `'${group}' must be a list of names, 'critical' or 'all', got ${shown(members)}`;
  }
  return undefined;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
}

function has(value: unknown, method: string): boolean {
  return typeof (value as Record<string, unknown> | null)?.[method] === 'function';
}
