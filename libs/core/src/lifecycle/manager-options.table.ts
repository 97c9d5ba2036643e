import { defineOptions } from '../options/option-spec.js';
import type { ShutdownHookOptions, StartupHookOptions } from './manager-types.js';

/** Options of a manager, checked. */
export interface CheckedManagerOptions {
  readonly startTimeout: number;
  readonly shutdown: { readonly timeout: number; readonly readinessDelay: number };
}

/** What can be said of the start and the end of an application. */
export const managerOptionTable = defineOptions<CheckedManagerOptions>({
  startTimeout: {
    kind: 'duration',
    default: 120_000,
    infinity: 'no limit',
    description: 'How long the start of all resources may take. Hooks have timeouts of their own.',
  },
  shutdown: {
    kind: 'group',
    description: 'How the application ends.',
    table: defineOptions<CheckedManagerOptions['shutdown']>(
      {
        timeout: {
          kind: 'duration',
          default: 25_000,
          description:
            'From the first sign of the end until everything has ended. Keep it below what the platform grants.',
        },
        readinessDelay: {
          kind: 'duration',
          default: 0,
          zero: 'none',
          description: 'How long requests are still served while readiness is already false.',
        },
      },
      [
        ({ timeout, readinessDelay }) =>
          timeout !== undefined && readinessDelay !== undefined && readinessDelay >= timeout
            ? {
                option: 'readinessDelay',
                problem: `must be below timeout (${String(timeout)}), got ${String(readinessDelay)}`,
              }
            : undefined,
      ],
    ),
  },
});

const name = { kind: 'text', absent: "the function's name", description: 'How messages name the hook.' } as const;

export const startupHookOptionTable = defineOptions<StartupHookOptions>({
  name,
  timeout: { kind: 'duration', default: 30_000, infinity: 'no limit', description: 'How long the hook may take.' },
  tolerate: { kind: 'boolean', default: false, description: 'Report a failure instead of failing the start.' },
});

export const shutdownHookOptionTable = defineOptions<ShutdownHookOptions>({
  name,
  timeout: {
    kind: 'duration',
    default: 10_000,
    infinity: 'only the limit of the whole',
    description: 'How long the hook may take.',
  },
});
