import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import type { Clock } from '../clock/clock.js';
import type { CallContext, CloseContext, Resource } from '../resource/resource.js';
import { closeTimeWithin, type CloseTime } from './close-time.js';
import { closeVerbOf } from './close-verb.js';

/** Milliseconds for the calls into a resource. */
export interface CallTimeouts {
  readonly start: number;
  readonly close: number;
}

/** How a call went; not in a promise if the resource answered at once. */
export type Answer<R> = Outcome<R> | Promise<Outcome<R>>;

/** The calls into one resource: each asks only for what is there, is limited in time, and has an outcome. */
export class ResourceCalls {
  constructor(
    private readonly name: string,
    private readonly resource: Resource,
    private readonly timeouts: CallTimeouts,
    private readonly clock: Clock,
  ) {}

  /** @param late - told when it succeeds after nobody waits any more */
  start(work: (context: CallContext) => void | PromiseLike<void>, signal: AbortSignal, late: () => void): Answer<void> {
    return attempt(work, { ...this.limits('Starting', this.timeouts.start), signal, late });
  }

  /** @param late - told when it ends after it was left behind */
  close(time: CloseTime, late: () => void): Answer<unknown> {
    // Even to look for the verb is a call into foreign code: a getter may throw.
    const work = (context: CallContext): unknown => closeVerbOf(this.resource)?.(withDeadline(context, time.graceful));
    return attempt(work, { ...this.limits('Closing', this.until(time)), late });
  }

  quiesce(): Answer<void> {
    return attempt(() => this.resource.quiesce?.(), this.limits('Quiescing', Infinity));
  }

  settle(timeout: number): Answer<void> {
    return attempt((context) => this.resource.settle?.(context), this.limits('Ending the work of', timeout));
  }

  /** Waits for `promise`, which never rejects, within the time of a close. */
  wait(promise: Promise<void>, time: CloseTime): Answer<void> {
    return attempt(() => promise, this.limits('Giving up the start of', this.until(time)));
  }

  /** The time of a close that begins now. */
  closeTime(whole: CloseTime): CloseTime {
    return closeTimeWithin(whole, this.clock.now(), this.timeouts.close);
  }

  private until({ hard }: CloseTime): number {
    return Math.max(0, hard - this.clock.now());
  }

  private limits(
    doing: string,
    timeout: number,
  ): { clock: Clock; what: string; resource: string; timeout: number; hold: true } {
    return { clock: this.clock, what: `${doing} resource '${this.name}'`, resource: this.name, timeout, hold: true };
  }
}

/** Keeps the signal lazy: a resource that does not read it costs no controller. */
function withDeadline(context: CallContext, deadline: number): CloseContext {
  return {
    get signal() {
      return context.signal;
    },
    deadline,
  };
}
