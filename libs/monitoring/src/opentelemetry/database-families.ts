import type { CounterFamily, GaugeFamily, MetricFamily } from '../catalogue/metric-family.js';
import { isPool } from '../catalogue/pool-families.js';
import type { Reading } from '../catalogue/reading.js';
import { figure } from '../catalogue/samples.js';

const POOL = 'db.client.connection.pool.name';
const STATE = 'db.client.connection.state';

/**
 * Pools of databases under the names of the semantic conventions 1.45, which are still in development: a rename is one edit
 * here.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
 */
export const databaseFamilies: readonly MetricFamily[] = [
  {
    type: 'gauge',
    name: 'db.client.connection.count',
    help: 'Connections by state.',
    unit: '{connection}',
    labels: [POOL, STATE],
    samples: ofDatabases((reading) => [
      ...figure(reading.metrics, 'idle', { ...labelsOf(reading), [STATE]: 'idle' }),
      ...figure(reading.metrics, 'leased', { ...labelsOf(reading), [STATE]: 'used' }),
    ]),
  },
  gauge('db.client.connection.limit', 'Connections that may exist.', '{connection}', 'maxSize'),
  gauge('db.client.connection.idle.min', 'Connections that are kept.', '{connection}', 'minSize'),
  gauge('db.client.connection.pending_requests', 'Requests that wait for a connection.', '{request}', 'waiting'),
  counter('db.client.connection.timeouts', 'Requests that waited in vain.', '{timeout}', 'timeouts'),
];

function labelsOf({ name }: Reading): Record<string, string> {
  return { [POOL]: name };
}

function ofDatabases<S>(samples: (reading: Reading) => readonly S[]): (reading: Reading) => readonly S[] {
  return (reading) => (reading.kind === 'data-source' && isPool(reading) ? samples(reading) : []);
}

function gauge(name: string, help: string, unit: string, key: string): GaugeFamily {
  const samples = ofDatabases((reading) => figure(reading.metrics, key, labelsOf(reading)));
  return { type: 'gauge', name, help, unit, labels: [POOL], samples };
}

function counter(name: string, help: string, unit: string, key: string): CounterFamily {
  const samples = ofDatabases((reading) => figure(reading.metrics, key, labelsOf(reading)));
  return { type: 'counter', name, help, unit, labels: [POOL], samples };
}
