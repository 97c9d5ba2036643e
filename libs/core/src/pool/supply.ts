import { setMaxListeners } from 'node:events';

import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import { inCleanContext } from '../clock/clean-context.js';
import type { Cancel } from '../clock/clock.js';
import { isPromiseLike } from '../resource/promise-like.js';
import { CreationGate, type CreationOutcome } from './creation-gate.js';
import { Forecast } from './forecast.js';
import type { PoolCore } from './pool-core.js';
import type { CreateContext, VerbContext } from './pool-options.js';
import { ResourceCreateError } from './pool.errors.js';
import { PoolState } from './pool-state.js';
import type { Retirement } from './retirement.js';
import { Slot, SlotState } from './slot.js';

/** Told how the creations go; for `start()`. */
export interface CreationObserver {
  created(): void;
  failed(error: unknown): void;
}

/**
 * How many resources to create, and when. Creations belong to the pool and not to the acquire that caused them: who gives up
 * waiting stops nothing, and what arrives is for whoever waits by then.
 *
 *     wanted = max(waiters − what is on its way − what will come back in time, minSize − live), capped by maxSize − size,
 *              by creation.concurrency and by the breaker
 */
export class Supply<T> {
  readonly forecast: Forecast<T>;
  readonly gate: CreationGate<T>;
  observer: CreationObserver | undefined = undefined;

  private readonly end = new AbortController();
  private cancelTimer: Cancel | undefined = undefined;
  private dueAt = Infinity;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly retirement: Retirement<T>,
  ) {
    // One listener per creation under way is not a leak.
    setMaxListeners(0, this.end.signal);
    this.forecast = new Forecast(core);
    this.gate = new CreationGate(core);
  }

  /** Whether a creation will be tried later, without anybody doing anything. */
  get pending(): boolean {
    return this.cancelTimer !== undefined;
  }

  /** Orders as many creations as are wanted and possible now. */
  order(): void {
    const wanted = this.wanted();
    if (wanted <= 0) return;
    const closedFor = this.gate.closedFor;
    if (closedFor > 0) this.postpone(closedFor);
    else this.createMany(wanted);
  }

  /** Orders nothing any more, and gives up the creations under way. */
  stop(reason: unknown): void {
    this.disarm();
    this.end.abort(reason);
    this.gate.close();
  }

  private wanted(): number {
    const { core } = this;
    const room = core.maxSize - core.census.size;
    if (room <= 0 || core.ending) return 0;
    const demand = core.lending ? core.line.length - core.incoming : 0;
    return Math.min(room, Math.max(demand > 0 ? this.staged(demand) : 0, this.shortOfMinimum()));
  }

  /** What of the demand will not be met, in the time of a creation, by leases that end. */
  private staged(demand: number): number {
    const missing = this.forecast.missing(demand);
    if (missing < demand) this.arm(this.forecast.reconsiderIn(demand, missing));
    return missing;
  }

  private shortOfMinimum(): number {
    const { state, minSize, census } = this.core;
    const fills = state === PoolState.STARTING || state === PoolState.RUNNING || state === PoolState.SUSPENDED;
    return fills ? minSize - census.live + census.leaving : 0;
  }

  private createMany(wanted: number): void {
    const { census, options } = this.core;
    const most = Math.min(options.creation.concurrency ?? Infinity, this.gate.width);
    const count = Math.min(wanted, most - census.count(SlotState.CREATING));
    for (let left = count; left > 0; left--) void this.create();
  }

  private async create(): Promise<void> {
    const { core } = this;
    const slot = new Slot<T>(core.epoch, core.options.retirement.maxUses);
    core.census.add(slot);
    const began = core.clock.now();
    let answer: PromiseLike<unknown> | undefined;
    const outcome = await this.gate.pass(async () => this.callCreate(slot, (promise) => void (answer = promise)));
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

  private arrived(slot: Slot<T>, resource: T, took: number): void {
    const { core, retirement } = this;
    const now = core.clock.now();
    slot.resource = resource;
    slot.createdAt = slot.validatedAt = now;
    slot.diesAt = now + this.lifetime();
    core.counters.created++;
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
    else this.core.census.transition(slot, SlotState.GONE);
    if (because === 'failed' || because === 'timed out') this.report(outcome.error);
  }

  private report(error: unknown): void {
    const { core } = this;
    core.counters.createFailures++;
    core.createError = { error };
    core.emit({ type: 'pool.create.failed', error });
    if (this.isFatal(error)) this.refuse(error);
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
    const { core } = this;
    const place = slot.state === SlotState.GONE ? this.reserveForLate() : slot;
    place.resource = resource;
    place.createdAt = core.clock.now();
    core.counters.created++;
    // While the slot still says that it is being created, its failure is about to be dealt with.
    if (place.state === SlotState.CLOSING) this.retirement.destroy(place, 'created too late');
  }

  /** Its first place is given away already; it counts all the same until it is destroyed. */
  private reserveForLate(): Slot<T> {
    const slot = new Slot<T>(this.core.epoch);
    this.core.census.add(slot);
    this.core.census.transition(slot, SlotState.CLOSING);
    return slot;
  }

  private postpone(delay: number): void {
    const { core } = this;
    this.arm(delay);
    if (core.options.creation.whileOpen === 'wait' || core.census.live > 0) return;
    this.refuse(core.createError?.error);
  }

  /** Nothing can be created for those who wait. */
  private refuse(error: unknown): void {
    const { core } = this;
    const retryAfter = this.gate.closedFor;
    core.line.refuseAll((waiter) => {
      core.counters.rejected++;
      core.emit({ type: 'pool.acquire.rejected', reason: 'creation failed', label: waiter.label });
      return new ResourceCreateError(core.name, error, retryAfter);
    });
  }

  private arm(delay: number): void {
    const { clock, pump } = this.core;
    const dueAt = clock.now() + delay;
    if (dueAt >= this.dueAt || delay === Infinity) return;
    this.disarm();
    this.dueAt = dueAt;
    this.cancelTimer = clock.schedule(delay, () => {
      this.disarm();
      pump.run();
    });
  }

  private disarm(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.dueAt = Infinity;
  }
}

function hasResource<T>(slot: Slot<T>): boolean {
  return slot.createdAt >= 0;
}

/** What `create` is given: the signal of the attempt, and how the resource can say later that it is dead. */
class SlotContext<T> implements CreateContext {
  readonly died: () => void;

  constructor(
    private readonly context: VerbContext,
    retirement: Retirement<T>,
    slot: Slot<T>,
  ) {
    this.died = () => retirement.condemn(slot, 'died');
  }

  get signal(): AbortSignal {
    return this.context.signal;
  }
}
