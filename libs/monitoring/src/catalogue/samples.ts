import type { Durations, Sample } from './metric-family.js';

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

/**
 * A counter by the words that were counted apart. What the counter knows and nobody counted apart, such as what happened
 * before anybody listened, is `other`, so that the sum is the counter.
 */
export function byWord(
  metrics: object | undefined,
  name: string,
  words: ReadonlyMap<string, number> | undefined,
  label: (word: string) => Labels,
): Sample[] {
  const [total] = figure(metrics, name, {});
  if (!total) return [];
  const samples = new Map<string, Sample>();
  let left = total.value;
  const add = (labels: Labels, value: number): void => {
    const key = JSON.stringify(labels);
    samples.set(key, { labels, value: value + (samples.get(key)?.value ?? 0) });
    left -= value;
  };
  for (const [word, count] of words ?? []) add(label(word), count);
  if (left > 0) add(label('other'), left);
  return [...samples.values()];
}

/** What can say how many of its recordings were at most so many milliseconds long. */
interface Countable {
  countUpTo(bound: number): number;
}

/** A snapshot of a histogram in milliseconds, in seconds, with the buckets of the histogram itself if it is at hand. */
export function durations(
  snapshot: unknown,
  histogram: unknown,
  bounds: readonly number[],
  labels: Labels,
): Sample<Durations>[] {
  if (typeof snapshot !== 'object' || snapshot === null) return [];
  const { count, sum } = snapshot as Readonly<Record<string, unknown>>;
  if (typeof count !== 'number' || typeof sum !== 'number') return [];
  const buckets = isCountable(histogram)
    ? bounds.map((bound) => [bound, count === 0 ? 0 : histogram.countUpTo(bound * 1000)] as const)
    : [];
  return [{ labels, value: { count, sum: sum / 1000, buckets } }];
}

function isCountable(value: unknown): value is Countable {
  return typeof (value as Countable | undefined)?.countUpTo === 'function';
}
