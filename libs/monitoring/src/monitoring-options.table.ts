import { checkOptions, defineOptions, type OptionRule, type OptionTable } from '@nestjs-resources/core';

import type { CheckedMonitoringOptions, ResourceMonitoringOptions } from './monitoring-options.js';

const ROUTE_NAMES = ['livez', 'readyz', 'startupz', 'resources', 'events', 'metrics', 'health'] as const;

/** Routes that tell nobody more than a word; everything else needs a guard. */
const PUBLIC_ROUTES: ReadonlySet<string> = new Set(['livez', 'readyz', 'startupz']);

const routesTable = defineOptions<CheckedMonitoringOptions['routes']>({
  livez: { kind: 'boolean', default: true, description: '`GET /livez`.' },
  readyz: { kind: 'boolean', default: true, description: '`GET /readyz`.' },
  startupz: { kind: 'boolean', default: true, description: '`GET /startupz`.' },
  resources: {
    kind: 'boolean',
    absent: 'on if there are guards or `insecure` is true',
    description: '`GET {path}/resources`, `{path}/resources/:name`, `{path}/health`.',
  },
  events: {
    kind: 'boolean',
    absent: 'on if there are guards or `insecure` is true',
    description: '`GET {path}/events`, `{path}/stream`.',
  },
  metrics: { kind: 'boolean', default: false, description: '`GET /metrics`, for Prometheus; needs `prom-client`.' },
  health: { kind: 'boolean', default: false, description: '`GET /health`.' },
});

const metricsTable = defineOptions<CheckedMonitoringOptions['metrics']>({
  register: {
    kind: 'custom',
    expected: 'a Registry of prom-client',
    check: (value) =>
      typeof (value as { metrics?: unknown } | null)?.metrics === 'function'
        ? undefined
        : 'must be a Registry of prom-client',
    absent: "prom-client's own `register`",
    description: 'The registry that is served, whole.',
  },
  prefix: { kind: 'text', absent: '`resource`', maxLength: 60, description: 'Begins every name of ours.' },
});

/** All that is known about the options of the module. */
export const monitoringOptionTable: OptionTable = defineOptions<CheckedMonitoringOptions>(
  {
    path: {
      kind: 'custom',
      expected: 'a path of letters, digits, `-`, `_` and `/`',
      check: (path) =>
        typeof path === 'string' && /^[\w-]+(?:\/[\w-]+)*$/.test(path)
          ? undefined
          : "must be a path such as 'management', without a slash at its ends",
      default: 'management',
      description: 'Where everything but the probes is, below the global prefix.',
    },
    guards: {
      kind: 'custom',
      expected: 'a list of guards',
      check: (value) => (Array.isArray(value) && value.every(isGuard) ? undefined : 'must be a list of guards'),
      default: [],
      description: 'Asked before everything but the probes.',
    },
    insecure: {
      kind: 'boolean',
      default: false,
      description: 'Expose what is switched on to everybody, without a guard.',
    },
    routes: { kind: 'group', table: routesTable, description: 'Which routes exist.' },
    headers: {
      kind: 'boolean',
      default: false,
      description: 'Whether every response says `X-Resource-Health`, `X-Resource-Count` and `X-Request-Duration`.',
    },
    streams: {
      kind: 'integer',
      min: 1,
      max: 10_000,
      default: 20,
      description: 'Clients that may listen to `{path}/stream` at the same time.',
    },
    metrics: { kind: 'group', table: metricsTable, description: 'How `/metrics` is made.' },
    imports: {
      kind: 'custom',
      expected: 'a list of modules',
      check: (value) => (Array.isArray(value) ? undefined : 'must be a list of modules'),
      default: [],
      description: 'Modules that export what the guards need.',
    },
  },
  [refuseOpenDoors],
);

/** @throws {OptionsError} also when something beyond the probes would be open to everybody */
export function checkMonitoringOptions(options: ResourceMonitoringOptions): CheckedMonitoringOptions {
  const checked = checkOptions<CheckedMonitoringOptions>(monitoringOptionTable, options, {
    subject: 'ResourceMonitoringModule',
  });
  const guarded = checked.guards.length > 0 || checked.insecure;
  const { resources = guarded, events = guarded } = checked.routes;
  return { ...checked, routes: { ...checked.routes, resources, events } };
}

function refuseOpenDoors(options: Parameters<OptionRule>[0]): ReturnType<OptionRule> {
  const { routes, guards, insecure } = options as Partial<CheckedMonitoringOptions>;
  if (insecure || guards === undefined || guards.length > 0) return undefined;
  const open = ROUTE_NAMES.filter((name) => routes?.[name] && !PUBLIC_ROUTES.has(name));
  if (open.length === 0) return undefined;
  return {
    option: 'guards',
    problem: `${open.join(', ')} would be open to everybody: give guards, or say \`insecure: true\` if something else keeps strangers out`,
  };
}

function isGuard(value: unknown): boolean {
  if (typeof value === 'function') return true;
  return typeof (value as { canActivate?: unknown } | null)?.canActivate === 'function';
}
