import {
  defineOptions,
  managerOptionTable,
  monitorOptionTable,
  type OptionSpec,
  type OptionTable,
  resourceEventsOptionTable,
} from '@nestjs-resources/core';

import type { ResourceFeatureOptions, ResourceOptions } from './resource-options.interface.js';

/** Names that come from data (tenants, hosts) have no end of their own. */
export const MOST_BREAKERS = 1_000;

const record = (description: string) =>
  ({ kind: 'custom', expected: 'an object, by name', check: problemWithRecord, default: {}, description }) as const;

/** The manager says itself what it can be told. */
const managerSpecs = managerOptionTable.specs as Readonly<Record<'startTimeout' | 'shutdown', OptionSpec>>;

const declarations = {
  pools: record('Pools, made with `definePool`.'),
  breakers: record('Circuit breakers.'),
  resources: record('Resources of your own.'),
  registration: record('Place in the start and stop order, and criticality.'),
} as const;

/** All that is known about the options of `ResourceModule`. What is inside of a record is checked by the table of its kind. */
export const resourceOptionTable: OptionTable = defineOptions<Required<ResourceOptions>>({
  ...declarations,
  configs: record('Configurations that breakers share.'),
  defaults: {
    kind: 'group',
    table: defineOptions({
      pool: record('Defaults of all pools.'),
      breaker: record('Defaults of all circuit breakers.'),
    }),
    description: 'Defaults for what is declared.',
  },
  maxBreakers: {
    kind: 'integer',
    min: 1,
    default: MOST_BREAKERS,
    infinity: 'no limit',
    description: 'How many circuit breakers there may be.',
  },
  ...managerSpecs,
  monitor: { kind: 'group', table: monitorOptionTable, optional: true, description: 'Options of the monitor.' },
  events: {
    kind: 'group',
    table: resourceEventsOptionTable,
    optional: true,
    description: 'Options of the event stream.',
  },
  clock: {
    kind: 'custom',
    expected: 'a Clock',
    check: (value) =>
      typeof (value as { schedule?: unknown } | null)?.schedule === 'function' ? undefined : 'must be a Clock',
    absent: 'real time',
    description: 'Time for everything the module makes; for tests.',
  },
});

/** All that is known about the options of `ResourceModule.forFeature`. */
export const featureOptionTable: OptionTable = defineOptions<Required<ResourceFeatureOptions>>({
  ...declarations,
  use: record('What is declared elsewhere.'),
});

function problemWithRecord(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? undefined
    : 'must be an object, by name';
}
