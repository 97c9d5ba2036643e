import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import { inCleanContext } from '../clock/clean-context.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { PoolCore } from './pool-core.js';
import type { RetireReason } from './pool-event.js';
import { SlotState, type Slot } from './slot.js';

type Reason = RetireReason | (string & {});

const DESTROYED: Outcome<unknown> = { ok: true, value: undefined };

/**
 * Who must go, and how. A resource that is being destroyed counts until it is gone, or until its destroy has had its time;
 * whatever destroy does or fails to do is consumed here.
 */
export class Retirement<T> {
  /** What could not be destroyed properly, for the report of a close in progress. */
  errors: unknown[] | undefined = undefined;

  constructor(private readonly core: PoolCore<T>) {}

  /** Whether nothing speaks against lending a resource. Asked at every lease and every return. */
  passes(slot: Slot<T>, now: number): boolean {
    return slot.doomed === undefined && slot.epoch === this.core.passing && now < slot.diesAt;
  }

  /** Why a resource must not be lent again; nothing if it may. */
  verdict(slot: Slot<T>, now: number): Reason | undefined {
    if (this.passes(slot, now)) return undefined;
    const { core } = this;
    core.judge();
    if (slot.doomed !== undefined) return slot.doomed;
    if (slot.epoch !== core.epoch) return 'evicted';
    if (now >= slot.diesAt) return 'end of lifetime';
    if (core.ending) return 'pool closing';
    return core.census.live > core.maxSize ? 'surplus' : undefined;
  }

  /** It must go: at once if it is idle, else as soon as whoever has it is done. The first reason is the one that counts. */
  condemn(slot: Slot<T>, reason: Reason, cause?: unknown): void {
    if (slot.state === SlotState.IDLE) {
      slot.cause = cause;
      this.core.idle.unlink(slot);
      this.retire(slot, reason);
    } else if (slot.state < SlotState.CLOSING && slot.doomed === undefined) {
      slot.doomed = reason;
      slot.cause = cause;
    }
  }

  /** What is idle and too much goes, the coldest first. What is lent and too much goes when it comes back. */
  trim(): void {
    const { census, idle } = this.core;
    while (idle.coldest && (census.live > this.core.maxSize || idle.length > this.core.maxIdle)) {
      this.condemn(idle.coldest, 'surplus');
    }
  }

  /** Destroys the resource of a slot that is in no list and nobody's hands. */
  retire(slot: Slot<T>, reason: Reason): void {
    const { census, pump } = this.core;
    census.transition(slot, SlotState.CLOSING);
    this.destroy(slot, reason);
    // Whoever waits has to have another one, and need not wait until this one is destroyed.
    pump.run();
  }

  /** Destroys the resource of a slot that is closing already. */
  destroy(slot: Slot<T>, reason: Reason): void {
    const outcome = this.callDestroy(slot.resource);
    if (isPromiseLike(outcome)) void outcome.then((late) => this.gone(slot, reason, late));
    else this.gone(slot, reason, outcome);
  }

  private callDestroy(resource: T): Outcome<unknown> | Promise<Outcome<unknown>> {
    const { clock, name, options } = this.core;
    const { destroy } = options;
    if (!destroy) return DESTROYED;
    return attempt<unknown>((context) => inCleanContext(() => destroy(resource, context)), {
      clock,
      what: `Destroying a resource of pool '${name}'`,
      timeout: options.timeouts.destroy,
      resource: name,
    });
  }

  private gone(slot: Slot<T>, reason: Reason, outcome: Outcome<unknown>): void {
    const { core } = this;
    const { cause } = slot;
    core.census.transition(slot, SlotState.GONE);
    slot.resource = undefined as T;
    core.counters.destroyed++;
    if (!outcome.ok) {
      core.counters.destroyFailures++;
      this.errors?.push(outcome.error);
      core.emit({ type: 'pool.destroy.failed', error: outcome.error });
    }
    core.emit({ type: 'pool.resource.destroyed', reason, ...(cause !== undefined && { cause }) });
    core.pump.run();
  }
}
