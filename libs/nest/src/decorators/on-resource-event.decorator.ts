import { type EventFilter, type EventRecord, refuseNonObject } from '@nestjs-resources/core';

import { markMethod } from './mark-method.js';

/** @internal */
export const RESOURCE_EVENT_LISTENERS = 'resource:event-listeners';

/** @internal */
export interface EventMark {
  readonly filter: EventFilter | undefined;
}

/**
 * Calls the method with each event that passes the filter, synchronously, from before the first resource starts until
 * after the last one has closed. What the method throws is reported and reaches nobody.
 *
 * @param filter - a type or several (`pool.*` for all of a kind), `{ type, resource, kind }`, or a predicate; all if left out
 *
 * @example
 * @OnResourceEvent({ type: 'breaker.state.changed', resource: 'payments' })
 * tell(event: EventRecord): void {}
 */
export function OnResourceEvent(filter?: EventFilter | string | readonly string[]) {
  const wanted = asFilter(filter);
  return <M extends (event: EventRecord) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const decorated = { decorator: '@OnResourceEvent', target, key, descriptor };
    markMethod<EventMark>(RESOURCE_EVENT_LISTENERS, decorated, { filter: wanted });
  };
}

function asFilter(filter: EventFilter | string | readonly string[] | undefined): EventFilter | undefined {
  if (typeof filter === 'string') return { type: filter };
  if (Array.isArray(filter)) return { type: [...filter] };
  if (filter !== undefined && typeof filter !== 'function') refuseNonObject('@OnResourceEvent', filter);
  return filter as EventFilter | undefined;
}
