import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import { inCleanContext } from '../clock/clean-context.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { PoolCore } from './pool-core.js';
import type { VerbContext } from './pool-options.js';
import type { Retirement } from './retirement.js';
import { SlotState, type Slot } from './slot.js';

/**
 * Whether a resource is good enough to be lent: validation and reset. Both belong to the slot and not to a waiter: who gives
 * up waiting changes nothing for the resource, and a result is joined with whoever waits by then.
 *
 * Nothing here costs anything in a pool without `validate` and `reset`; a synchronous answer costs no promise and no timer.
 */
export class Fitness<T> {
  /** Whether a resource that comes back must be looked at before it is lent again. */
  readonly restores: boolean;

  private readonly validates: boolean;
  private readonly ifIdleFor: number;
  /** Resources last known good before this instant are asked before they are lent. */
  private suspectBefore = -Infinity;
  private probing = false;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly retirement: Retirement<T>,
  ) {
    const { validate, reset, validation } = core.options;
    this.validates = validate !== undefined;
    // 0 asks always, also of what was good a moment ago in this very turn of the event loop.
    this.ifIdleFor = validation.ifIdleFor === 0 ? -Infinity : validation.ifIdleFor;
    this.restores = reset !== undefined || (this.validates && validation.onReturn);
  }

  /** Whether to ask before lending. */
  doubts(slot: Slot<T>, now: number): boolean {
    if (!this.validates) return false;
    const goodAt = this.goodAt(slot);
    return now - goodAt >= this.ifIdleFor || goodAt < this.suspectBefore;
  }

  /** When the resource was last known good: it was used, validated or created. */
  goodAt(slot: Slot<T>): number {
    const { idleSince, validatedAt } = slot;
    return idleSince > validatedAt ? idleSince : validatedAt;
  }

  /** Everything idle was last good before something bad happened; nothing of it is lent unasked. */
  suspectAll(because: 'validation failed' | 'process was frozen'): void {
    const { core } = this;
    if (!this.validates || !core.options.validation.suspectOthers) return;
    this.suspectBefore = core.clock.now();
    core.emit({ type: 'pool.suspected', because });
    this.probeIdle();
  }

  /** Asks an idle slot in the background; it is out of the idle list meanwhile. */
  probe(slot: Slot<T>): void {
    this.core.idle.unlink(slot);
    if (this.confirm(slot)) this.offer(slot);
  }

  /** All at once: after a failover, one by one would take as many timeouts as there are resources. */
  private probeIdle(): void {
    if (this.probing) return;
    this.probing = true;
    for (const slot of this.core.census.in(SlotState.IDLE)) if (slot.state === SlotState.IDLE) this.probe(slot);
    this.probing = false;
  }

  /**
   * Asks whether a slot, in no list, is good. Its state is VALIDATING afterwards unless the answer was there at once.
   *
   * @returns the answer, or `undefined` if it will be given to the pump later
   */
  confirm(slot: Slot<T>): boolean | undefined {
    this.core.census.transition(slot, SlotState.VALIDATING);
    const outcome = this.callVerb(slot, 'validate');
    if (!isPromiseLike(outcome)) return this.judge(slot, outcome) && this.passes(slot);
    void outcome.then((late) => {
      if (this.judge(slot, late)) this.offer(slot);
    });
    return undefined;
  }

  /** Looks after a slot that has come back: reset, then validation if asked for, then the pump. */
  restore(slot: Slot<T>): void {
    if (!this.core.options.reset) return this.revalidate(slot);
    this.core.census.transition(slot, SlotState.RESETTING);
    const outcome = this.callVerb(slot, 'reset');
    if (isPromiseLike(outcome)) void outcome.then((late) => this.afterReset(slot, late));
    else this.afterReset(slot, outcome);
  }

  private afterReset(slot: Slot<T>, outcome: Outcome<unknown>): void {
    const { core } = this;
    if (outcome.ok) return this.revalidate(slot);
    core.counters.resetFailures++;
    core.emit({ type: 'pool.reset.failed', error: outcome.error });
    this.retirement.retire(slot, 'reset failed');
  }

  private revalidate(slot: Slot<T>): void {
    const { validation } = this.core.options;
    if (!this.validates || !validation.onReturn) return this.offer(slot);
    if (this.confirm(slot)) this.offer(slot);
  }

  private offer(slot: Slot<T>): void {
    if (this.passes(slot)) this.core.pump.offer(slot);
    if (this.core.observed) this.core.changed();
  }

  /** Whatever was true when the verb was called may have changed while it ran. */
  private passes(slot: Slot<T>): boolean {
    const reason = this.retirement.verdict(slot, this.core.now());
    if (reason !== undefined) this.retirement.retire(slot, reason);
    return reason === undefined;
  }

  private judge(slot: Slot<T>, outcome: Outcome<unknown>): boolean {
    const { core } = this;
    if (outcome.ok && outcome.value !== false) {
      slot.validatedAt = core.clock.now();
      return true;
    }
    core.counters.validationFailures++;
    core.emit({ type: 'pool.validation.failed', error: outcome.ok ? undefined : outcome.error });
    this.suspectAll('validation failed');
    this.retirement.retire(slot, 'invalid');
    return false;
  }

  private callVerb(slot: Slot<T>, verb: 'validate' | 'reset'): Outcome<unknown> | Promise<Outcome<unknown>> {
    const { clock, name, options } = this.core;
    const call = options[verb] as (resource: T, context: VerbContext) => unknown;
    return attempt<unknown>((context) => inCleanContext(() => call(slot.resource, context)), {
      clock,
      what: `${verb} of a resource of pool '${name}'`,
      timeout: options.timeouts[verb],
      resource: name,
    });
  }
}
