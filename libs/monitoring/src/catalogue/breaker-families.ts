import type { CounterFamily, GaugeFamily, MetricFamily } from './metric-family.js';
import type { Reading } from './reading.js';
import { figure, oneOf } from './samples.js';

/** The circuit's own states, and the modes that overrule them. */
const STATES = ['closed', 'open', 'half_open', 'forced_open', 'metrics_only', 'disabled'];

const OUTCOMES: Readonly<Record<string, string>> = {
  totalSuccesses: 'successful',
  totalFailures: 'failed',
  ignored: 'ignored',
  rejected: 'not_permitted',
};

const PERCENT = 0.01;
const MILLISECOND = 0.001;

const labelsOf = ({ name }: Reading): { circuit: string } => ({ circuit: name });

export const breakerFamilies: readonly MetricFamily[] = [
  {
    type: 'gauge',
    name: 'circuit.state',
    help: 'State of the circuit, or the mode that overrules it: 1 for the one it is in.',
    unit: '1',
    labels: ['circuit', 'state'],
    samples: ofBreakers((reading) => {
      const { metrics } = reading;
      return oneOf(STATES, metrics?.mode === 'auto' ? metrics.state : metrics?.mode, 'state', labelsOf(reading));
    }),
  },
  {
    type: 'counter',
    name: 'circuit.calls',
    help: 'Calls by outcome; those not permitted were not made.',
    unit: '{call}',
    labels: ['circuit', 'outcome'],
    samples: ofBreakers((reading) =>
      Object.entries(OUTCOMES).flatMap(([name, outcome]) =>
        figure(reading.metrics, name, { ...labelsOf(reading), outcome }),
      ),
    ),
  },
  counter('circuit.slow_calls', 'Calls that took too long.', 'slow'),
  counter('circuit.fallbacks', 'Calls that a fallback answered.', 'fallbacks'),
  {
    type: 'counter',
    name: 'circuit.transitions',
    help: 'Changes of state of the circuit.',
    unit: '{transition}',
    labels: ['circuit', 'from', 'to'],
    samples: ofBreakers((reading) =>
      [...(reading.tally?.transitions ?? [])].map(([words, value]) => {
        const [from = 'other', to = 'other'] = words.split(' ');
        return { labels: { ...labelsOf(reading), from, to }, value };
      }),
    ),
  },
  {
    type: 'counter',
    name: 'circuit.open',
    help: 'How long the circuit has been open, together.',
    unit: 's',
    labels: ['circuit'],
    samples: ofBreakers((reading) => [
      { labels: labelsOf(reading), value: (reading.tally?.openFor ?? 0) * MILLISECOND },
    ]),
  },
  gauge('circuit.buffered_calls', 'Calls that the rule judges now.', '{call}', 'bufferedCalls'),
  gauge('circuit.failure_ratio', 'Share of failures; absent below the minimum of calls.', '1', 'failureRate', PERCENT),
  gauge('circuit.slow_ratio', 'Share of slow calls; absent below the minimum of calls.', '1', 'slowRate', PERCENT),
  gauge('circuit.retry_after', 'Until a call may be tried again.', 's', 'retryAfter', MILLISECOND),
];

function ofBreakers<S>(samples: (reading: Reading) => readonly S[]): (reading: Reading) => readonly S[] {
  return (reading) => (reading.metrics?.type === 'breaker' ? samples(reading) : []);
}

function gauge(name: string, help: string, unit: string, key: string, factor = 1): GaugeFamily {
  const samples = ofBreakers((reading) => figure(reading.metrics, key, labelsOf(reading), factor));
  return { type: 'gauge', name, help, unit, labels: ['circuit'], samples };
}

function counter(name: string, help: string, key: string): CounterFamily {
  const samples = ofBreakers((reading) => figure(reading.metrics, key, labelsOf(reading)));
  return { type: 'counter', name, help, unit: '{call}', labels: ['circuit'], samples };
}
