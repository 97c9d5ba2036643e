import { errorText } from '../errors/error-text.js';
import { ResourceError } from '../errors/resource.error.js';
import type { Holder } from '../resource/close-report.js';
import type { PoolFigures } from './pool-metrics.js';

/** What a pool knows when an acquire fails. */
export interface PoolDiagnosis {
  readonly metrics: PoolFigures;
  readonly holders: readonly Holder[];
  readonly lastCreateError: unknown;
}

const MOST_HOLDERS_SHOWN = 5;

/** An acquire waited in vain. Says who holds what and why nothing was created. Code `POOL_TIMEOUT`. */
export class PoolTimeoutError extends ResourceError {
  /** Milliseconds it really waited. */
  readonly waited: number;
  /** Milliseconds it was ready to wait. */
  readonly timeout: number;
  /** The pool at that moment. */
  readonly metrics: PoolFigures;
  /** Who held its resources at that moment, longest first. */
  readonly holders: readonly Holder[];

  /** `cause` is the last creation error, if creation has failed since it last succeeded. */
  constructor(name: string, waited: number, timeout: number, diagnosis: PoolDiagnosis) {
    const { metrics, holders, lastCreateError } = diagnosis;
    super(
      `Pool '${name}' had no resource for an acquire within ${Math.round(timeout)} ms (waited ${Math.round(waited)} ms). ` +
        `${stateText(metrics)} ${creationText(lastCreateError)}${holdersText(holders)}${timeoutRemedy(metrics, lastCreateError)}`,
      { code: 'POOL_TIMEOUT', resource: name, ...(lastCreateError === undefined ? {} : { cause: lastCreateError }) },
    );
    this.waited = waited;
    this.timeout = timeout;
    this.metrics = metrics;
    this.holders = holders;
  }
}

/** As many acquires as `queue.limit` allows wait already. Code `POOL_QUEUE_FULL`. */
export class PoolQueueFullError extends ResourceError {
  readonly limit: number;

  constructor(name: string, limit: number) {
    super(
      `Pool '${name}' refused an acquire: ${limit} wait already, which is its queue.limit. ` +
        'Shed load earlier, raise maxSize, or raise queue.limit.',
      { code: 'POOL_QUEUE_FULL', resource: name },
    );
    this.limit = limit;
  }
}

/** The pool is closing or closed. Code `POOL_CLOSED`. */
export class PoolClosedError extends ResourceError {
  constructor(name: string) {
    super(`Pool '${name}' is closed and lends nothing any more. Acquire before shutdown begins, or make a new pool.`, {
      code: 'POOL_CLOSED',
      resource: name,
    });
  }
}

/** The pool is draining: new acquires are refused until `resume()`. Code `POOL_DRAINING`. */
export class PoolDrainingError extends ResourceError {
  constructor(name: string) {
    super(`Pool '${name}' is draining and accepts no new acquire. Try again after resume(), or elsewhere.`, {
      code: 'POOL_DRAINING',
      resource: name,
    });
  }
}

/** A resource could not be created, and somebody needed it. `cause` is what `create` failed with. Code `RESOURCE_CREATE_FAILED`. */
export class ResourceCreateError extends ResourceError {
  /** Milliseconds until the pool tries again; 0 if at once. */
  readonly retryAfter: number;

  constructor(name: string, cause: unknown, retryAfter = 0) {
    const again = retryAfter > 0 ? ` The pool tries again in ${Math.ceil(retryAfter)} ms.` : '';
    super(
      `Pool '${name}' could not create a resource: ${errorText(cause)}.${again} Look at the server behind it and at the options of create.`,
      { code: 'RESOURCE_CREATE_FAILED', resource: name, cause },
    );
    this.retryAfter = retryAfter;
  }
}

function stateText({ size, maxSize, idle, leased, creating, closing, waiting }: PoolFigures): string {
  return `It holds ${size} of ${maxSize}: ${idle} idle, ${leased} leased, ${creating} creating, ${closing} closing; ${waiting} more waiting.`;
}

function creationText(error: unknown): string {
  return error === undefined ? '' : `The last creation failed: ${errorText(error)}. `;
}

function holdersText(holders: readonly Holder[]): string {
  if (holders.length === 0) return '';
  const shown = holders.slice(0, MOST_HOLDERS_SHOWN).map(({ label, heldFor }) => {
    return `${label ? `'${label}'` : 'unlabelled'} for ${Math.round(heldFor)} ms`;
  });
  const more = holders.length > shown.length ? ` and ${holders.length - shown.length} more` : '';
  return `Held by ${shown.join(', ')}${more}. `;
}

function timeoutRemedy({ leased, maxSize }: PoolFigures, createError: unknown): string {
  if (createError !== undefined) return 'Look at the server behind it first.';
  if (leased < maxSize) return 'Look at why creating or validating takes so long.';
  return 'Hold leases for less time, raise maxSize, or look for a lease that is never released.';
}

/** Something was asked of a lease that has ended, and whose resource may be somebody else's now. Code `POOL_LEASE_ENDED`. */
export class PoolLeaseEndedError extends ResourceError {
  constructor(name: string) {
    super(
      `This lease of pool '${name}' has ended; its resource cannot be detached any more. Detach before releasing.`,
      {
        code: 'POOL_LEASE_ENDED',
        resource: name,
      },
    );
  }
}
