import type { Metrics } from './metrics.js';
import type { CloseReport } from './close-report.js';
import type { Health } from './health.js';

/** What `start` and `check` are given. */
export interface CallContext {
  /** Aborted when the time is over, or nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** What `close` is given. */
export interface CloseContext extends CallContext {
  /** The instant of the monotonic clock until which a graceful end may take; afterwards whatever is left is forced. */
  readonly deadline: number;
}

/** Something that happened to a resource. `type` is dotted, for example `pool.resource.created`. */
export interface ResourceEvent {
  readonly type: string;
  readonly [detail: string]: unknown;
}

/** Called synchronously. What it throws, or a promise it returns rejects with, is reported and goes no further. */
export type ResourceListener = (event: ResourceEvent) => void;

/**
 * Anything with a name in the registry. Every member is optional: what is absent is not asked for. An object with none of
 * these but a dispose symbol can be registered too.
 */
export interface Resource {
  /** 'pool' | 'breaker' | 'task' | 'data-source' | yours. Said, never inferred. */
  readonly kind?: string;

  /** Opens what must be open before dependants start. */
  start?(context: CallContext): void | Promise<void>;

  /** Begin no new work of your own, but keep serving. */
  quiesce?(): void;

  /** Resolves when the work it had begun before `quiesce` has ended. For those whose work is not a request's. */
  settle?(context: CallContext): void | Promise<void>;

  /** Ends it. Called once by the registry, also when `start` has failed or was never called. */
  close?(context: CloseContext): void | CloseReport | Promise<void | CloseReport>;

  /** How it is, as cheaply as it can be said. Never joins a queue. */
  check?(context: CallContext): Health | Promise<Health>;

  /** Figures now: synchronous, O(1), a copy. */
  getMetrics?(): Metrics;

  /** Tells what happens to it from now on. Returns how to stop listening. */
  observe?(listener: ResourceListener): () => void;
}
