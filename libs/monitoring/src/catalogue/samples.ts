import type { Sample, SummaryFigures } from './metric-family.js';

type Labels = Readonly<Record<string, string>>;

/** A figure of a resource's metrics as a sample, if it is a finite number. */
export function figure(metrics: object | undefined, name: string, labels: Labels, factor = 1): Sample[] {
  const value = (metrics as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? [{ labels, value: value * factor }] : [];
}

/** One of several states as a series each, 1 for the one that holds: a number for a state would be an average by mistake. */
export function oneOf(states: readonly string[], current: unknown, label: string, labels: Labels): Sample[] {
  if (typeof current !== 'string') return [];
  return states.map((state) => ({ labels: { ...labels, [label]: state }, value: state === current ? 1 : 0 }));
}

const QUANTILES: Readonly<Record<string, string>> = { p50: '0.5', p95: '0.95', p99: '0.99' };

/** A snapshot of a histogram in milliseconds as a summary in seconds. */
export function summary(snapshot: unknown, labels: Labels): Sample<SummaryFigures>[] {
  if (typeof snapshot !== 'object' || snapshot === null) return [];
  const { count, sum, ...rest } = snapshot as Readonly<Record<string, unknown>>;
  if (typeof count !== 'number' || typeof sum !== 'number') return [];
  const quantiles = Object.entries(QUANTILES).flatMap(([key, quantile]) => {
    const value = rest[key];
    return typeof value === 'number' ? [[quantile, value / 1000] as const] : [];
  });
  return [{ labels, value: { count, sum: sum / 1000, quantiles: Object.fromEntries(quantiles) } }];
}
