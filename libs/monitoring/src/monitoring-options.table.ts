import {
  checkOptions,
  defineOptions,
  type OptionRule,
  type OptionSpec,
  type OptionTable,
} from '@nestjs-resources/core';

import type { CheckedAdminOptions } from './admin/admin-options.js';
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
    description: '`GET {path}/resources` and below it, `{path}/health`, `{path}/report`.',
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

const adminTable = defineOptions<CheckedAdminOptions>({
  guards: guardsSpec('Asked before every action.'),
  ttl: {
    kind: 'duration',
    max: 86_400_000,
    default: 900_000,
    description: 'After which an override ends by itself unless the request says otherwise.',
  },
  origins: {
    kind: 'custom',
    expected: 'a list of origins',
    check: (value) =>
      Array.isArray(value) && value.every(isOrigin) ? undefined : 'must be a list such as https://ops.example.com',
    default: [],
    description: "Origins of pages that may act besides the application's own.",
  },
  who: { kind: 'function', description: 'Names the person in the audit event.' },
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
    guards: guardsSpec('Asked before everything but the probes.'),
    insecure: {
      kind: 'boolean',
      default: false,
      description: 'Expose what is switched on to everybody, without a guard.',
    },
    routes: { kind: 'group', table: routesTable, description: 'Which routes exist.' },
    probeDecorators: {
      kind: 'custom',
      expected: 'a list of class decorators',
      check: (value) =>
        Array.isArray(value) && value.every((item) => typeof item === 'function')
          ? undefined
          : 'must be a list of class decorators',
      default: [],
      description:
        "Put above the probes' controllers, e.g. what your global guard takes as the sign to let everybody in.",
    },
    details: {
      kind: 'choice',
      choices: ['never', 'when-authorized', 'always'],
      default: 'when-authorized',
      description: 'Who sees the resources behind a probe when asking with `?verbose`.',
    },
    headers: {
      kind: 'boolean',
      default: false,
      description: 'Whether every response says `X-Resource-Health`, `X-Resource-Count` and `X-Request-Duration`.',
    },
    maxEventLoopDelay: {
      kind: 'duration',
      default: 5_000,
      infinity: 'never',
      description: 'How late the event loop may be, three times in a row, before `/livez` says 503.',
    },
    streams: {
      kind: 'integer',
      min: 1,
      max: 10_000,
      default: 20,
      description: 'Clients that may listen to `{path}/stream` at the same time.',
    },
    metrics: { kind: 'group', table: metricsTable, description: 'How `/metrics` is made.' },
    admin: { kind: 'group', table: adminTable, optional: true, description: 'Routes that change what runs.' },
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
  const { routes, guards, insecure, admin, details } = options as Partial<CheckedMonitoringOptions>;
  if (insecure || guards === undefined) return undefined;
  const open: string[] =
    guards.length > 0 ? [] : ROUTE_NAMES.filter((name) => routes?.[name] && !PUBLIC_ROUTES.has(name));
  if (admin?.guards.length === 0) open.push('admin');
  if (details === 'always') open.push('details');
  if (open.length === 0) return undefined;
  return {
    option: 'guards',
    problem: `${open.join(', ')} would be open to everybody: give guards${admin ? ' and admin.guards' : ''}, or say \`insecure: true\` if something else keeps strangers out`,
  };
}

function guardsSpec(description: string): OptionSpec {
  const check = (value: unknown): string | undefined =>
    Array.isArray(value) && value.every(isGuard) ? undefined : 'must be a list of guards';
  return { kind: 'custom', expected: 'a list of guards', check, default: [], description };
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\/[^/\s]+$/.test(value);
}

function isGuard(value: unknown): boolean {
  if (typeof value === 'function') return true;
  return typeof (value as { canActivate?: unknown } | null)?.canActivate === 'function';
}
