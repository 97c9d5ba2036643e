import { ResourceError } from '../errors/resource.error.js';

export interface BulkheadRefusal {
  /** Begins the message, e.g. `The bulkhead of circuit breaker 'payments'`. */
  readonly what: string;
  readonly resource?: string | undefined;
  readonly maxConcurrent: number;
  readonly queueLimit: number;
  /** Milliseconds the call had queued; 0 if the queue was full. */
  readonly waited: number;
}

/** As many calls as allowed were under way, and the queue was full or the turn did not come in time. Code `BULKHEAD_FULL`. */
export class BulkheadFullError extends ResourceError {
  readonly maxConcurrent: number;
  readonly queueLimit: number;
  /** Milliseconds the call had queued; 0 if it was refused at once. */
  readonly waited: number;

  constructor({ what, resource, maxConcurrent, queueLimit, waited }: BulkheadRefusal) {
    const happened =
      waited > 0
        ? `gave no turn within ${Math.round(waited)} ms`
        : `is full: ${maxConcurrent} calls under way, ${queueLimit} waiting`;
    super(`${what} ${happened}. Make the calls shorter, or raise maxConcurrent, queueLimit or queueTimeout.`, {
      code: 'BULKHEAD_FULL',
      resource,
    });
    this.maxConcurrent = maxConcurrent;
    this.queueLimit = queueLimit;
    this.waited = waited;
  }
}
