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
}

/** Receives records in the order of their sequence. */
export type EventListener = (record: EventRecord) => void;
