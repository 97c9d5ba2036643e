import type { BackoffOptions } from '../call/backoff.js';
import { pauseSpec } from '../call/backoff.table.js';
import { defineOptions } from '../options/option-spec.js';
import { shown } from '../options/shown.js';

/** Options of a registry, checked. */
export interface CheckedRegistryOptions {
  readonly startTimeout: number;
  readonly closeTimeout: number;
  readonly retry: number | BackoffOptions;
}

/** What can be said of a registry. */
export const registryOptionTable = defineOptions<CheckedRegistryOptions>({
  startTimeout: {
    kind: 'duration',
    default: 30_000,
    infinity: 'no limit',
    description: 'How long the start of each resource may take, unless it says otherwise.',
  },
  closeTimeout: {
    kind: 'duration',
    default: 10_000,
    infinity: 'only the limit of the whole',
    description: 'How long the graceful close of each resource may take, unless it says otherwise.',
  },
  retry: {
    ...pauseSpec('Pause before a resource that failed and was not critical is started again.', { default: 1_000 }),
    default: { initial: 1_000, max: 60_000 } satisfies BackoffOptions,
  },
});

/** What can be said of one start. */
export const startOptionTable = defineOptions<{ timeout: number; closeTimeout?: number }>({
  timeout: { kind: 'duration', default: Infinity, infinity: 'no limit', description: 'For all together.' },
  closeTimeout: {
    kind: 'duration',
    absent: 'that of a close',
    infinity: 'no limit',
    description: 'For closing everything again if the start fails.',
  },
});

/** Options of a registration, checked. */
export interface CheckedRegisterOptions {
  readonly dependsOn: readonly string[];
  readonly after: readonly string[];
  readonly critical?: boolean;
  readonly lazy: boolean;
  readonly timeouts: { readonly start?: number; readonly close?: number };
}

/** What can be said of a resource when it is registered. */
export const registerOptionTable = defineOptions<CheckedRegisterOptions>({
  dependsOn: {
    kind: 'custom',
    expected: 'names of resources',
    check: namesProblem,
    default: [],
    description: 'What must run before this one starts, and may close only after it.',
  },
  after: {
    kind: 'custom',
    expected: 'names of resources',
    check: namesProblem,
    default: [],
    description: 'What starts before and closes after this one, whether or not it runs.',
  },
  critical: {
    kind: 'boolean',
    absent: 'true for the kinds pool and data-source, false for all others',
    description: 'Whether a failed start is fatal for all, and whether its health reaches readiness.',
  },
  lazy: {
    kind: 'boolean',
    default: false,
    description: 'Start only when started(name), or a resource that depends on it, asks.',
  },
  timeouts: {
    kind: 'group',
    description: 'Limits for the calls into this resource.',
    table: defineOptions<{ start?: number; close?: number }>({
      start: { kind: 'duration', absent: 'that of the registry', infinity: 'no limit', description: 'For `start`.' },
      close: {
        kind: 'duration',
        absent: 'that of the registry',
        infinity: 'only the limit of the whole',
        description: 'For a graceful `close`.',
      },
    }),
  },
});

function namesProblem(value: unknown): string | undefined {
  if (Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '')) return undefined;
  return `must be an array of names, got ${shown(value)}`;
}
