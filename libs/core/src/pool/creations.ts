import { setMaxListeners } from 'node:events';

import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import { inCleanContext } from '../clock/clean-context.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { CreationGate, CreationOutcome } from './creation-gate.js';
import type { Forecast } from './forecast.js';
import type { PoolCore } from './pool-core.js';
import type { CreateContext, VerbContext } from './pool-options.js';
import type { Retirement } from './retirement.js';
import { Slot, SlotState } from './slot.js';

const TWICE = 'create returned a resource that is in the pool already. It must make a new one each time.';

/** Told how the creations go; for `start()`. */
export interface CreationObserver {
  created(): void;
  failed(error: unknown): void;
}

/**
 * Creations under way. Each has a slot from before its beginning until its resource is in the pool, or until its failure is
 * certain: a `create` that was given up may still open something, and is given time to say so.
 */
export class Creations<T> {
  observer: CreationObserver | undefined = undefined;

  private readonly end = new AbortController();

  constructor(
    private readonly core: PoolCore<T>,
    private readonly retirement: Retirement<T>,
    private readonly gate: CreationGate<T>,
    private readonly forecast: Forecast<T>,
    private readonly refuseWaiters: (error: unknown) => void,
  ) {
    // One listener per creation under way is not a leak.
    setMaxListeners(0, this.end.signal);
  }

  /** Gives up those under way. */
  stop(reason: unknown): void {
    this.end.abort(reason);
  }

  /** Reserves a place, creates a resource for it and gives it to the pump. Never rejects. */
  async create(): Promise<void> {
    const { core } = this;
    const slot = new Slot<T>(core.lender, core.epoch, core.options.retirement.maxUses);
    core.census.add(slot);
    const began = core.clock.now();
    let answer: PromiseLike<unknown> | undefined;
    const outcome = await this.gate.pass(async () =>
      this.alive(slot, await this.callCreate(slot, (promise) => void (answer = promise))),
    );
    if (outcome.ok) this.arrived(slot, outcome.value, core.clock.now() - began);
    else this.failed(slot, outcome, answer);
    core.pump.run();
  }

  private callCreate(slot: Slot<T>, started: (answer: PromiseLike<unknown>) => void): Outcome<T> | Promise<Outcome<T>> {
    const { clock, name, options } = this.core;
    const call = (context: VerbContext): T | PromiseLike<T> => {
      const result = inCleanContext(() => options.create(new SlotContext(context, this.retirement, slot)));
      if (isPromiseLike(result)) started(result);
      return result;
    };
    return attempt<T>(call, {
      clock,
      what: `Creating a resource of pool '${name}'`,
      timeout: options.timeouts.create,
      signal: this.end.signal,
      resource: name,
      late: (resource) => this.arrivedLate(slot, resource),
    });
  }

  /** A resource that is dead on arrival is a failed creation, or such a server would be asked again without a pause. */
  private alive(slot: Slot<T>, outcome: Outcome<T>): Outcome<T> {
    if (!outcome.ok) return outcome;
    if (this.isHereAlready(outcome.value)) return { ok: false, error: new Error(TWICE), because: 'failed' };
    if (slot.doomed !== 'died') return outcome;
    this.takeIn(slot, outcome.value);
    const error = slot.cause ?? new Error('The resource died before it could be lent.');
    return { ok: false, error, because: 'failed' };
  }

  /** The same thing in two places would have two holders. Of a number or a text there may be many. */
  private isHereAlready(resource: T): boolean {
    const isThing = (typeof resource === 'object' && resource !== null) || typeof resource === 'function';
    return isThing && this.core.census.each().some((slot) => hasResource(slot) && slot.resource === resource);
  }

  private takeIn(slot: Slot<T>, resource: T): void {
    slot.resource = resource;
    slot.createdAt = this.core.clock.now();
    this.core.counters.created++;
  }

  private arrived(slot: Slot<T>, resource: T, took: number): void {
    const { core, retirement } = this;
    const now = core.clock.now();
    this.takeIn(slot, resource);
    slot.validatedAt = now;
    slot.diesAt = now + this.lifetime();
    core.creations.record(took);
    core.createError = undefined;
    this.forecast.created(took);
    core.emit({ type: 'pool.resource.created', took });
    const reason = retirement.verdict(slot, now);
    if (reason === undefined) core.pump.offer(slot);
    else retirement.retire(slot, reason);
    this.observer?.created();
  }

  private lifetime(): number {
    const { maxLifetime, retirement, random } = this.core.options;
    return maxLifetime === Infinity ? Infinity : maxLifetime * (1 - retirement.jitter * random());
  }

  private failed(
    slot: Slot<T>,
    outcome: Extract<CreationOutcome<T>, { ok: false }>,
    answer: PromiseLike<unknown> | undefined,
  ): void {
    const { because } = outcome;
    if (answer && (because === 'timed out' || because === 'aborted')) this.abandon(slot, answer);
    else if (hasResource(slot)) this.retirement.retire(slot, 'died');
    else this.core.census.transition(slot, SlotState.GONE);
    if (because === 'failed' || because === 'timed out') this.report(outcome.error);
  }

  private report(error: unknown): void {
    const { core } = this;
    core.counters.createFailures++;
    core.createError = { error };
    core.emit({ type: 'pool.create.failed', error });
    if (this.isFatal(error)) this.refuseWaiters(error);
    this.observer?.failed(error);
  }

  private isFatal(error: unknown): boolean {
    const { isFatal } = this.core.options.creation;
    if (!isFatal) return false;
    const outcome = attempt(() => isFatal(error), {
      clock: this.core.clock,
      what: 'creation.isFatal',
      timeout: Infinity,
    });
    return !isPromiseLike(outcome) && outcome.ok && outcome.value === true;
  }

  /** `create` was given up but has not answered yet: it may still open something, so its place is kept for a while. */
  private abandon(slot: Slot<T>, answer: PromiseLike<unknown>): void {
    const { core } = this;
    if (hasResource(slot)) return this.retirement.retire(slot, 'created too late');
    core.census.transition(slot, SlotState.CLOSING);
    const end = (): void => {
      cancel();
      if (slot.state !== SlotState.CLOSING || hasResource(slot)) return;
      core.census.transition(slot, SlotState.GONE);
      core.pump.run();
    };
    const cancel = core.clock.schedule(core.options.timeouts.destroy, end);
    answer.then(end, end);
  }

  private arrivedLate(slot: Slot<T>, resource: T): void {
    const place = slot.state === SlotState.GONE ? this.reserveForLate() : slot;
    this.takeIn(place, resource);
    // While the slot still says that it is being created, its failure is about to be dealt with.
    if (place.state === SlotState.CLOSING) this.retirement.destroy(place, 'created too late');
  }

  /** Its first place is given away already; it counts all the same until it is destroyed. */
  private reserveForLate(): Slot<T> {
    const slot = new Slot<T>(this.core.lender, this.core.epoch);
    this.core.census.add(slot);
    this.core.census.transition(slot, SlotState.CLOSING);
    return slot;
  }
}

function hasResource<T>(slot: Slot<T>): boolean {
  return slot.createdAt >= 0;
}

/** What `create` is given: the signal of the attempt, and how the resource can say later that it is dead. */
class SlotContext<T> implements CreateContext {
  readonly died: (reason?: unknown) => void;

  constructor(
    private readonly context: VerbContext,
    retirement: Retirement<T>,
    slot: Slot<T>,
  ) {
    this.died = (reason) => retirement.condemn(slot, 'died', reason);
  }

  get signal(): AbortSignal {
    return this.context.signal;
  }
}
