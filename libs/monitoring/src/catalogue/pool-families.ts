import type { CounterFamily, DurationFamily, GaugeFamily, MetricFamily } from './metric-family.js';
import type { Reading } from './reading.js';
import { byWord, durations, figure, oneOf } from './samples.js';

const STATES = ['cold', 'starting', 'running', 'suspended', 'draining', 'closing', 'closed'];

/** The states of a connection, by the figure that counts them. */
const CONNECTION_STATES: Readonly<Record<string, string>> = {
  idle: 'idle',
  leased: 'used',
  creating: 'creating',
  validating: 'validating',
  resetting: 'resetting',
  closing: 'closing',
};

const OUTCOMES: Readonly<Record<string, string>> = {
  acquired: 'ok',
  timeouts: 'timeout',
  aborted: 'aborted',
  rejected: 'rejected',
};

/** Why a connection was destroyed. A holder may say anything, so whatever is not ours is `holder`. */
const REASONS: Readonly<Record<string, string>> = {
  'idle for too long': 'idle',
  'end of lifetime': 'lifetime',
  'used up': 'uses',
  evicted: 'evict',
  surplus: 'shrink',
  invalid: 'invalid',
  'reset failed': 'reset',
  died: 'error',
  'created too late': 'late',
  'pool closing': 'close',
  'not given back': 'abandoned',
  other: 'other',
};

/** Seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Whether a reading is of something with connections. */
export function isPool({ metrics }: Reading): boolean {
  return typeof metrics?.maxSize === 'number' && typeof metrics.leased === 'number';
}

const labelsOf = ({ name }: Reading): { pool: string } => ({ pool: name });

export const poolFamilies: readonly MetricFamily[] = [
  {
    type: 'gauge',
    name: 'pool.connections',
    help: 'Connections by state.',
    unit: '{connection}',
    labels: ['pool', 'state'],
    samples: ofPools((reading) =>
      Object.entries(CONNECTION_STATES).flatMap(([name, state]) =>
        figure(reading.metrics, name, { ...labelsOf(reading), state }),
      ),
    ),
  },
  gauge('pool.connections.max', 'Connections that may exist.', '{connection}', 'maxSize'),
  gauge('pool.connections.min', 'Connections that are kept.', '{connection}', 'minSize'),
  gauge('pool.pending_requests', 'Acquires that wait.', '{request}', 'waiting'),
  {
    type: 'gauge',
    name: 'pool.state',
    help: 'State of the pool: 1 for the one it is in.',
    unit: '1',
    labels: ['pool', 'state'],
    samples: ofPools((reading) => oneOf(STATES, reading.metrics?.state, 'state', labelsOf(reading))),
  },
  {
    type: 'counter',
    name: 'pool.acquires',
    help: 'Acquires by outcome.',
    unit: '{request}',
    labels: ['pool', 'outcome'],
    samples: ofPools((reading) =>
      Object.entries(OUTCOMES).flatMap(([name, outcome]) =>
        figure(reading.metrics, name, { ...labelsOf(reading), outcome }),
      ),
    ),
  },
  counter('pool.timeouts', 'Acquires that waited in vain.', '{timeout}', 'timeouts'),
  counter('pool.created', 'Connections made.', '{connection}', 'created'),
  {
    type: 'counter',
    name: 'pool.destroyed',
    help: 'Connections destroyed, by reason.',
    unit: '{connection}',
    labels: ['pool', 'reason'],
    samples: ofPools((reading) =>
      byWord(reading.metrics, 'destroyed', reading.tally?.destroyed, (word) => ({
        ...labelsOf(reading),
        reason: (Object.hasOwn(REASONS, word) ? REASONS[word] : undefined) ?? 'holder',
      })),
    ),
  },
  counter('pool.detached', 'Connections taken out by their holders.', '{connection}', 'detached'),
  {
    type: 'counter',
    name: 'pool.create_failures',
    help: 'Connections that could not be made, by the code or name of the error.',
    unit: '{failure}',
    labels: ['pool', 'error_type'],
    samples: ofPools((reading) =>
      byWord(reading.metrics, 'createFailures', reading.tally?.createFailures, (word) => ({
        ...labelsOf(reading),
        error_type: word,
      })),
    ),
  },
  counter('pool.validation_failures', 'Connections that were found unfit.', '{failure}', 'validationFailures'),
  counter('pool.reset_failures', 'Connections that could not be reset.', '{failure}', 'resetFailures'),
  counter('pool.destroy_failures', 'Connections that could not be destroyed.', '{failure}', 'destroyFailures'),
  counter('pool.leaks', 'Leases that were held for too long.', '{lease}', 'leaks'),
  timing('pool.wait', 'From the acquire to the lease, as far as sampled.', 'wait', BOUNDS),
  timing('pool.use', 'From the lease to its end, as far as sampled.', 'use', [...BOUNDS, 30, 60, 300]),
  timing('pool.create', 'Successful creations.', 'create', BOUNDS),
];

function ofPools<S>(samples: (reading: Reading) => readonly S[]): (reading: Reading) => readonly S[] {
  return (reading) => (isPool(reading) ? samples(reading) : []);
}

function gauge(name: string, help: string, unit: string, key: string): GaugeFamily {
  const samples = ofPools((reading) => figure(reading.metrics, key, labelsOf(reading)));
  return { type: 'gauge', name, help, unit, labels: ['pool'], samples };
}

function counter(name: string, help: string, unit: string, key: string): CounterFamily {
  const samples = ofPools((reading) => figure(reading.metrics, key, labelsOf(reading)));
  return { type: 'counter', name, help, unit, labels: ['pool'], samples };
}

function timing(name: string, help: string, key: string, bounds: readonly number[]): DurationFamily {
  const samples = ofPools((reading) => {
    const { timings } = reading.metrics as { timings?: Readonly<Record<string, unknown>> };
    return durations(timings?.[key], histogramOf(reading, key), bounds, labelsOf(reading));
  });
  return { type: 'histogram', name, help, unit: 's', labels: ['pool'], samples };
}

/** The recordings behind a timing, where a resource shows them. */
function histogramOf({ entry }: Reading, key: string): unknown {
  try {
    return (entry?.resource as { histograms?: Readonly<Record<string, unknown>> } | undefined)?.histograms?.[key];
  } catch {
    // A getter of that name may be for other occasions.
    return undefined;
  }
}
