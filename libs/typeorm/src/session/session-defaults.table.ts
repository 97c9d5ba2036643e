import { defineOptions, type OptionTable } from '@nestjs-resources/core';
import type { SessionDefaults, SlowQueryOptions } from './session.options.js';

const slowQueryOptionTable: OptionTable = defineOptions<SlowQueryOptions>({
  after: {
    kind: 'duration',
    default: 1_000,
    infinity: 'no statement is slow',
    description: 'How long a statement takes that is told of.',
  },
  text: {
    kind: 'boolean',
    default: false,
    description: 'Whether the event carries the SQL, without the literals in it. Parameters are never told.',
  },
});

/** All that can be said of the sessions of a data source. */
export const sessionDefaultsTable: OptionTable = defineOptions<SessionDefaults>({
  mode: { kind: 'choice', choices: ['primary', 'replica'], default: 'primary', description: 'Which server is read.' },
  acquireTimeout: {
    kind: 'duration',
    infinity: 'waits for ever',
    absent: "the pool's acquireTimeout",
    description: 'How long a session waits for a connection.',
  },
  statementTimeout: {
    kind: 'duration',
    infinity: 'no limit',
    default: Infinity,
    description: 'How long each statement may take; then it is cancelled on the server.',
  },
  deadline: {
    kind: 'duration',
    infinity: 'no limit',
    default: Infinity,
    description: 'How long a session may take altogether.',
  },
  label: { kind: 'text', maxLength: 200, description: 'Names sessions in errors and reports.' },
  limit: {
    kind: 'integer',
    min: 1,
    default: Infinity,
    infinity: 'no limit',
    description: 'How many sessions may use the database at once.',
  },
  slowQueries: { kind: 'group', table: slowQueryOptionTable, optional: true, description: 'Tells of slow statements.' },
});
