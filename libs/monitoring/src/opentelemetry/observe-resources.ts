import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';

import { catalogue } from '../catalogue/catalogue.js';
import type { CounterFamily, DurationFamily, GaugeFamily, MetricFamily } from '../catalogue/metric-family.js';
import { readAll, type Reading, type ReadingSources } from '../catalogue/reading.js';
import { databaseFamilies } from './database-families.js';

export interface ObserveResourcesOptions {
  /** Begins every name. @default 'resource' */
  readonly prefix?: string;
  /**
   * Whether pools of databases also appear under the names of the semantic conventions, `db.client.connection.*`. Switch it
   * off where the driver's own instrumentation reports them. @default true
   */
  readonly database?: boolean;
}

/** An instrument and what to tell it of a reading. */
interface Observed {
  readonly instrument: Observable;
  observe(result: BatchObservableResult, reading: Reading): void;
}

/**
 * Tells a meter of OpenTelemetry all metrics, whenever it collects. Take the meter when the application starts: one that was
 * taken before the SDK was registered never reports anything.
 *
 * @returns how to stop
 */
export function observeResources(
  meter: Meter,
  sources: ReadingSources,
  { prefix = 'resource', database = true }: ObserveResourcesOptions = {},
): () => void {
  const observed = [
    ...catalogue.flatMap((family) => instrumentsOf(meter, family, prefix)),
    ...(database ? databaseFamilies.flatMap((family) => instrumentsOf(meter, family)) : []),
  ];
  const instruments = observed.map(({ instrument }) => instrument);
  const collect = (result: BatchObservableResult): void => {
    for (const reading of readAll(sources)) for (const one of observed) one.observe(result, reading);
  };
  meter.addBatchObservableCallback(collect, instruments);
  return () => meter.removeBatchObservableCallback(collect, instruments);
}

function instrumentsOf(meter: Meter, family: MetricFamily, prefix?: string): Observed[] {
  const name = prefix ? `${prefix}.${family.name}` : family.name;
  return family.type === 'gauge' || family.type === 'counter'
    ? [numberInstrument(meter, family, name)]
    : durationInstruments(meter, family, name);
}

function numberInstrument(meter: Meter, family: GaugeFamily | CounterFamily, name: string): Observed {
  const instrument = newInstrument(meter, family, name);
  return {
    instrument,
    observe: (result, reading) => {
      for (const { value, labels } of family.samples(reading)) result.observe(instrument, value, labels);
    },
  };
}

/** Durations that were recorded elsewhere cannot be observed as a histogram: their number and their sum can. */
function durationInstruments(meter: Meter, family: DurationFamily, name: string): Observed[] {
  const { help, unit } = family;
  const count = meter.createObservableCounter(`${name}.count`, { description: `${help} How many.`, unit: '{event}' });
  const sum = meter.createObservableCounter(`${name}.sum`, { description: `${help} Together.`, unit });
  return [
    {
      instrument: count,
      observe: (result, reading) => {
        for (const { value, labels } of family.samples(reading)) result.observe(count, value.count, labels);
      },
    },
    {
      instrument: sum,
      observe: (result, reading) => {
        for (const { value, labels } of family.samples(reading)) result.observe(sum, value.sum, labels);
      },
    },
  ];
}

/** What is counted can be added up over instances; a state, a share or an instant cannot. */
function newInstrument(meter: Meter, { type, unit, help }: GaugeFamily | CounterFamily, name: string): Observable {
  const options = { description: help, unit };
  if (type === 'counter') return meter.createObservableCounter(name, options);
  return unit.startsWith('{')
    ? meter.createObservableUpDownCounter(name, options)
    : meter.createObservableGauge(name, options);
}
