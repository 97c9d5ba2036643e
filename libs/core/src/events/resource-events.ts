import type { Clock } from '../clock/clock.js';
import { systemClock } from '../clock/system-clock.js';
import { defineOptions } from '../options/option-spec.js';
import { checkOptions } from '../options/check-options.js';
import { OptionsError } from '../options/options.error.js';
import { refuseMisfits, refuseNonFunction } from '../options/refuse-misfits.js';
import { refuseNonObject } from '../options/refuse-non-object.js';
import { shown } from '../options/shown.js';
import { callIsolated } from '../resource/listeners.js';
import type { ResourceEvent } from '../resource/resource.js';
import { detailsOf } from './event-details.js';
import { compileFilter, type EventFilter, type KnownEventPattern } from './event-filter.js';
import { BufferedEvents, type EventIterator } from './event-iterator.js';
import type { EventListener, EventRecord, EventSource } from './event-record.js';
import { EventRing } from './event-ring.js';
import type { KnownEventType, RecordOf } from './known-events.js';

export interface ResourceEventsOptions {
  /** How many past events are kept for `since()` and wait for a slow iterator. @default 1_000 */
  readonly capacity?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** All that is known about the options of the event stream. */
export const resourceEventsOptionTable = defineOptions<Omit<Required<ResourceEventsOptions>, 'clock'>>({
  capacity: {
    kind: 'integer',
    min: 1,
    max: 1_000_000,
    default: 1_000,
    description: 'How many past events are kept, and how many wait for a slow iterator.',
  },
});

interface Subscription {
  readonly wants: (record: EventRecord) => boolean;
  readonly listener: EventListener;
}

/**
 * Everything that happens to the resources of one application, as one ordered stream.
 *
 * Invariants: sequences have no gaps; every listener hears the records it wants in the order of their sequence, also when a
 * listener causes further events; what a listener throws reaches nobody else; a record contains no secret.
 *
 * @example
 * events.subscribe((record) => log(record), { type: ['breaker.*', 'health.changed'] });
 */
export class ResourceEvents {
  private readonly ring: EventRing;
  private readonly capacity: number;
  private readonly clock: Clock;
  private readonly iterators = new Set<BufferedEvents>();
  private readonly undelivered: EventRecord[] = [];
  private subscriptions: readonly Subscription[] = [];
  private delivering = false;
  private closed = false;

  /** @throws {OptionsError} when the capacity is impossible */
  constructor(options: ResourceEventsOptions = {}) {
    refuseNonObject('ResourceEvents', options);
    const { clock = systemClock, ...given } = options;
    refuseMisfits('ResourceEvents', { clock: [clock, 'a Clock', 'schedule'] });
    this.capacity = checkOptions<{ capacity: number }>(resourceEventsOptionTable, given, {
      subject: 'ResourceEvents',
    }).capacity;
    this.ring = new EventRing(this.capacity);
    this.clock = clock;
  }

  /** Sequence of the newest event; 0 before the first. */
  get lastSequence(): number {
    return this.ring.last;
  }

  /** Sequence of the oldest event that `since()` can still give; 0 before the first. */
  get firstSequence(): number {
    return this.ring.first;
  }

  /**
   * Records an event of `source` and tells it to whoever wants it, before this returns. Details whose names are words of the
   * record, such as `sequence` or `repeated`, are kept under `ofEvent`.
   *
   * @throws {OptionsError} when the event is no object with a `type`
   */
  publish(source: EventSource, event: ResourceEvent): EventRecord {
    refuseNonEvent(source, event);
    const record = this.record(source, event);
    this.ring.add(record);
    this.undelivered.push(record);
    if (!this.delivering) this.deliver();
    return record;
  }

  /** Calls `listener` synchronously with each event from now on. Returns how to stop. */
  subscribe<T extends KnownEventType>(
    listener: (record: RecordOf<T>) => void,
    filter: KnownEventPattern<T>,
  ): () => void;
  subscribe(listener: EventListener, filter?: EventFilter): () => void;
  subscribe(listener: (record: never) => void, filter?: EventFilter): () => void {
    refuseNonFunction('ResourceEvents', 'listener', listener);
    const own: Subscription = { wants: compileFilter(filter), listener: listener as EventListener };
    this.subscriptions = [...this.subscriptions, own];
    return () => {
      this.subscriptions = this.subscriptions.filter((other) => other !== own);
    };
  }

  /** The kept events after `sequence`, oldest first. Some are missing if `sequence + 1 < firstSequence`. */
  since<T extends KnownEventType>(sequence: number, filter: KnownEventPattern<T>): RecordOf<T>[];
  since(sequence: number, filter?: EventFilter): EventRecord[];
  since(sequence: number, filter?: EventFilter): EventRecord[] {
    return this.ring.after(sequence).filter(compileFilter(filter));
  }

  /** Iterates over the events from now on, until `close()`. A slow reader loses the oldest, and can see how many. */
  iterate(filter?: EventFilter): EventIterator {
    const stop = this.subscribe((record) => buffer.push(record), filter);
    const buffer = new BufferedEvents(this.capacity, () => {
      stop();
      this.iterators.delete(buffer);
    });
    if (this.closed) buffer.end();
    else this.iterators.add(buffer);
    return buffer;
  }

  [Symbol.asyncIterator](): EventIterator {
    return this.iterate();
  }

  /** Ends all iterators and forgets all listeners. Later events are still kept for `since()`. */
  close(): void {
    this.closed = true;
    this.subscriptions = [];
    for (const iterator of this.iterators) iterator.end();
    this.iterators.clear();
  }

  private record(source: EventSource, event: ResourceEvent): EventRecord {
    const own = { sequence: this.ring.last + 1, timestamp: this.clock.wallNow(), ...source, type: event.type };
    return Object.freeze(Object.assign(detailsOf(event), own));
  }

  /** A listener may publish; its events wait until everybody has heard the one before. */
  private deliver(): void {
    this.delivering = true;
    for (let record = this.undelivered.shift(); record; record = this.undelivered.shift()) {
      for (const { wants, listener } of this.subscriptions) {
        const heard = record;
        callIsolated((event: EventRecord) => (wants(event) ? listener(event) : undefined), heard);
      }
    }
    this.delivering = false;
  }
}

function refuseNonEvent(source: unknown, event: unknown): void {
  const isSource = typeof source === 'object' && source !== null;
  const type: unknown = (event as ResourceEvent | null | undefined)?.type;
  if (isSource && typeof type === 'string' && type !== '') return;
  const sourceProblem = { option: 'source', problem: `must be an object with options, got ${shown(source)}` };
  const problem = `must be an object with a non-empty text as its type, got ${shown(event)}`;
  throw new OptionsError('ResourceEvents.publish', isSource ? [{ option: 'event', problem }] : [sourceProblem]);
}
