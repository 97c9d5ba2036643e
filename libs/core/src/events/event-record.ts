import type { ResourceEvent } from '../resource/resource.js';

/** Whose event it is. Both are absent for events of the application itself. */
export interface EventSource {
  readonly resource?: string;
  readonly kind?: string;
}

/** An event as it is kept: numbered, dated, without secrets. */
export interface EventRecord extends ResourceEvent {
  /** 1, 2, 3 … without gaps. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** Name of the resource, if it is the event of one. */
  readonly resource?: string;
  readonly kind?: string;
  /** How many events of its resource and type a kept record stands for; absent from those that stand for themselves. */
  readonly repeated?: number;
  /** When the first of them happened, in milliseconds since the epoch. */
  readonly repeatedSince?: number;
  /** Details of the event whose names are words of the record. */
  readonly ofEvent?: Readonly<Record<string, unknown>>;
}

/** Receives records in the order of their sequence. */
export type EventListener = (record: EventRecord) => void;
