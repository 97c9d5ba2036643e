import { refuseMisfits } from '../options/refuse-misfits.js';
import { refuseNonObject } from '../options/refuse-non-object.js';
import type { EventRecord } from './event-record.js';
import type { KnownEventType } from './known-events.js';

/** Which events one wants. Everything that is given must hold. */
export type EventFilter = EventPattern | ((record: EventRecord) => boolean);

export interface EventPattern {
  /** A type, or all that begin alike: `pool.*`. Any of several. */
  readonly type?: string | readonly string[];
  /** Name of a resource. */
  readonly resource?: string;
  readonly kind?: string;
}

/** As {@link EventPattern}, but of types whose details are known. */
export interface KnownEventPattern<T extends KnownEventType> extends EventPattern {
  readonly type: T | readonly T[];
}

/** Makes a predicate of a filter, once, so that each event costs a few comparisons. @throws {OptionsError} */
export function compileFilter(filter: EventFilter | undefined): (record: EventRecord) => boolean {
  if (filter === undefined) return () => true;
  if (typeof filter === 'function') return filter;
  refuseNonObject('Filter of events', filter);
  const { type, resource, kind } = filter;
  const isWord = type === undefined || typeof type === 'string';
  if (!isWord) refuseMisfits('Filter of events', { type: [type, 'a text or several', 'every'] });
  const isWanted = compileTypes(type);
  return (record) =>
    isWanted(record.type) &&
    (resource === undefined || record.resource === resource) &&
    (kind === undefined || record.kind === kind);
}

function compileTypes(type: EventPattern['type']): (type: string) => boolean {
  if (type === undefined) return () => true;
  const wanted = typeof type === 'string' ? [type] : type;
  const exact = new Set(wanted);
  const prefixes = wanted.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
