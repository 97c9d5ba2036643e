import type { BreakerEvent } from '../breaker/breaker-event.js';
import type { PoolEvent } from '../pool/pool-event.js';
import type { CloseReport } from '../resource/close-report.js';
import type { ResourceHealth } from '../resource/health.js';
import type { TaskEvent } from '../task/task-event.js';
import type { EventRecord } from './event-record.js';

/** What the registry does with a resource. Durations are milliseconds. */
export type RegistryEvent =
  | { readonly type: 'resource.registered' }
  | { readonly type: 'resource.starting' }
  | { readonly type: 'resource.started'; readonly took: number }
  | {
      readonly type: 'resource.start.failed';
      readonly error: unknown;
      readonly because: 'failed' | 'timed out' | 'aborted';
    }
  | { readonly type: 'resource.start.retrying'; readonly delay: number; readonly attempt: number }
  | { readonly type: 'resource.start.late' }
  | { readonly type: 'resource.skipped'; readonly because: string }
  | { readonly type: 'resource.quiesce.failed'; readonly error: unknown }
  | { readonly type: 'resource.settle.failed'; readonly error: unknown }
  | { readonly type: 'resource.closing' }
  | { readonly type: 'resource.closed'; readonly report?: CloseReport }
  | { readonly type: 'resource.close.failed'; readonly error: unknown }
  | { readonly type: 'resource.unregistered' };

/** What the monitor finds. */
export type HealthEvent =
  | {
      readonly type: 'health.changed';
      readonly from: ResourceHealth;
      readonly to: ResourceHealth;
      readonly reason?: string;
    }
  | { readonly type: 'health.flapping' };

/** Where the application is in its life. */
export type ApplicationEvent =
  | { readonly type: 'application.initialized' }
  | { readonly type: 'application.ready' }
  | { readonly type: 'application.draining' }
  | { readonly type: 'application.hook.failed'; readonly name: string; readonly error: unknown }
  | {
      readonly type: 'application.stopped';
      readonly clean: boolean;
      readonly duration: number;
      readonly summary: string;
    };

/** Everything this library tells. Resources of others tell more. */
export type KnownEvent = RegistryEvent | HealthEvent | ApplicationEvent | TaskEvent | PoolEvent | BreakerEvent;

export type KnownEventType = KnownEvent['type'];

/** The record of an event of a known type, with its details. Of several types, it is narrowed by `type`. */
export type RecordOf<T extends KnownEventType> = T extends unknown
  ? EventRecord & Readonly<Extract<KnownEvent, { type: T }>>
  : never;
