import type { Cancel } from '../clock/clock.js';
import type { Waiter } from '../waiting/waiting-line.js';
import type { Fitness } from './fitness.js';
import type { LeakWatch, LeaseDetail } from './leak-watch.js';
import { PoolLease, type Lease, type Lender } from './lease.js';
import type { PoolCore } from './pool-core.js';
import { PoolLeaseEndedError } from './pool.errors.js';
import type { Retirement } from './retirement.js';
import { SlotState, type Slot } from './slot.js';
import type { Supply } from './supply.js';
import type { Upkeep } from './upkeep.js';

/**
 * Where supply and demand meet. Supply belongs to slots: a lease ends, a creation, validation or reset has succeeded. Demand
 * belongs to waiters: they stand in the line until the very step that settles them.
 *
 *     release, created, validated, reset ──► offer(slot) ──► the longest waiting, else the idle list
 *     anything else that may have changed ──► run():  idle slots to waiters, then order what is missing
 *
 * `run` is never re-entered: whoever calls it while it runs makes it go round once more, so that neither depth of recursion
 * nor user code in the middle of a step can hurt.
 */
export class Pump<T> implements Lender<T> {
  private running = false;
  private again = false;
  private letGo: Cancel | undefined = undefined;
  private turn = NaN;
  /** Whether a freeze of the process is looked for once per turn of the event loop. */
  private readonly vigilant: boolean;
  private readonly validates: boolean;
  private readonly restores: boolean;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly supply: Supply<T>,
    private readonly fitness: Fitness<T>,
    private readonly retirement: Retirement<T>,
    private readonly leakWatch: LeakWatch<T>,
    private readonly upkeep: Upkeep<T>,
  ) {
    this.validates = core.options.validate !== undefined;
    this.restores = fitness.restores;
    this.vigilant = core.options.validate !== undefined && core.options.validation.suspectOthers;
  }

  /** Lends an idle resource that needs nothing more, if nobody waits for one. */
  take(label: string | undefined, detail: LeaseDetail | undefined): Lease<T> | undefined {
    const { core } = this;
    if (!core.serving || core.line.length > 0) return undefined;
    const slot = this.nextIdle();
    if (slot === undefined) return undefined;
    const now = core.now();
    if (this.validates || !this.retirement.passes(slot, now)) return this.takeFit(now, label, detail);
    core.idle.unlink(slot);
    return this.lend(slot, now, 0, label, detail);
  }

  /** Gives a resource that may be lent to the one who has waited longest, or keeps it. */
  offer(slot: Slot<T>): void {
    const { core } = this;
    if (core.line.length > 0 && core.lending) {
      const waiter = core.line.claim();
      if (waiter !== undefined) return this.hand(slot, waiter);
    }
    this.keep(slot, core.now());
  }

  /** Brings supply and demand together after a change. */
  run(): void {
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    try {
      do {
        this.again = false;
        this.serve();
        this.supply.order();
      } while (this.again);
    } finally {
      this.running = false;
    }
    this.hold();
    this.upkeep.wake();
    if (this.core.observed) this.core.changed();
  }

  giveBack(slot: Slot<T>, generation: number): void {
    if (slot.generation !== generation) return this.stale('release');
    const { core } = this;
    const now = core.now();
    if (slot.attended || this.restores || core.line.length > 0 || !this.retirement.passes(slot, now)) {
      return this.takeBack(slot, now);
    }
    slot.generation++;
    this.keep(slot, now);
    if (core.observed) core.changed();
  }

  giveBackBroken(slot: Slot<T>, generation: number, reason: string | undefined): void {
    if (slot.generation !== generation) return this.stale('destroy');
    this.end(slot, this.core.now());
    this.retirement.retire(slot, reason ?? 'destroyed by holder');
    if (this.core.observed) this.core.changed();
  }

  giveAway(slot: Slot<T>, generation: number): T {
    const { core } = this;
    if (slot.generation !== generation) {
      this.stale('detach');
      throw new PoolLeaseEndedError(core.name);
    }
    this.end(slot, core.now());
    core.census.transition(slot, SlotState.GONE);
    core.counters.detached++;
    core.emit({ type: 'pool.resource.detached' });
    this.run();
    return slot.resource;
  }

  /** Ends the lease of a slot without asking its holder, who has a stale handle from now on. */
  revoke(slot: Slot<T>): void {
    this.end(slot, this.core.now());
  }

  /** Goes through the idle slots for one that is good enough now. */
  private takeFit(now: number, label: string | undefined, detail: LeaseDetail | undefined): Lease<T> | undefined {
    const { core, fitness, retirement } = this;
    if (this.vigilant && now !== this.turn) this.upkeep.notice((this.turn = now));
    for (let slot = this.nextIdle(); slot !== undefined; slot = this.nextIdle()) {
      core.idle.unlink(slot);
      const reason = retirement.verdict(slot, now);
      if (reason !== undefined) {
        retirement.retire(slot, reason);
        continue;
      }
      const good = !fitness.doubts(slot, now) || fitness.confirm(slot);
      if (good) return this.lend(slot, now, 0, label, detail);
      // Its validation goes on; the resource is for whoever waits when it has ended.
      if (good === undefined) return undefined;
    }
    return undefined;
  }

  /** Ends a lease of which anything is to be thought: somebody waits, it was watched, or the resource may not go on. */
  private takeBack(slot: Slot<T>, now: number): void {
    this.end(slot, now);
    const reason = this.retirement.verdict(slot, now);
    if (reason !== undefined) this.retirement.retire(slot, reason);
    else if (this.restores) this.fitness.restore(slot);
    else this.offer(slot);
    if (this.core.observed) this.core.changed();
  }

  private keep(slot: Slot<T>, now: number): void {
    const { census, idle, maxIdle } = this.core;
    census.transition(slot, SlotState.IDLE);
    slot.idleSince = now;
    idle.push(slot);
    if (idle.length > maxIdle) this.retirement.condemn(idle.coldest as Slot<T>, 'surplus');
  }

  private nextIdle(): Slot<T> | undefined {
    const { idle, lifo } = this.core;
    return lifo ? idle.hottest : idle.coldest;
  }

  /** Idle slots to waiters, as long as there are both. */
  private serve(): void {
    const { core, fitness } = this;
    while (core.lending && core.line.length > 0) {
      const slot = this.nextIdle();
      if (slot === undefined) return;
      const now = core.now();
      const reason = this.retirement.verdict(slot, now);
      const doubtful = reason === undefined && fitness.doubts(slot, now);
      // No more questions than there are waiters.
      if (doubtful && core.line.length <= core.census.count(SlotState.VALIDATING)) return;
      core.idle.unlink(slot);
      if (reason !== undefined) this.retirement.retire(slot, reason);
      else if (!doubtful || fitness.confirm(slot)) this.offer(slot);
    }
  }

  private hand(slot: Slot<T>, waiter: Waiter<Lease<T>>): void {
    const { since } = waiter;
    const now = this.core.now();
    const waited = since === undefined || since > now ? 0 : now - since;
    waiter.resolve(this.lend(slot, now, waited, waiter.label, waiter.detail as LeaseDetail | undefined));
  }

  private lend(
    slot: Slot<T>,
    now: number,
    waited: number,
    label: string | undefined,
    detail: LeaseDetail | undefined,
  ): Lease<T> {
    const { core } = this;
    core.census.transition(slot, SlotState.LEASED);
    if (--slot.usesLeft === 0) slot.doomed ??= 'used up';
    slot.label = label;
    slot.leasedAt = now;
    core.counters.acquired++;
    if (--core.untilSample === 0) this.sample(slot, waited);
    if (core.attentive || detail !== undefined) this.attend(slot, waited, detail);
    return new PoolLease(slot.resource, slot, this, slot.generation);
  }

  /** The lease is over, whatever becomes of the resource. */
  private end(slot: Slot<T>, now: number): void {
    const { core } = this;
    slot.generation++;
    if (core.line.length > 0) this.supply.forecast.used((core.returnedAt = now) - slot.leasedAt);
    if (slot.attended) this.unattend(slot, now);
  }

  private attend(slot: Slot<T>, waited: number, detail: LeaseDetail | undefined): void {
    slot.attended = true;
    if (detail !== undefined) this.leakWatch.lent(slot, detail);
    this.core.emitLease({ type: 'pool.acquired', waited, label: slot.label });
  }

  private unattend(slot: Slot<T>, now: number): void {
    const { core } = this;
    slot.attended = false;
    if (slot.sampledAt >= 0) {
      core.uses.record(core.clock.now() - slot.sampledAt);
      slot.sampledAt = NaN;
    }
    if (slot.detail !== undefined) this.leakWatch.returned(slot);
    core.emitLease({ type: 'pool.released', held: now - slot.leasedAt, label: slot.label });
  }

  private sample(slot: Slot<T>, waited: number): void {
    const { core } = this;
    core.untilSample = core.options.metrics.sampleEvery;
    core.waits.record(waited);
    slot.attended = true;
    slot.sampledAt = core.clock.now();
  }

  private stale(call: string): void {
    this.core.counters.staleCalls++;
    this.core.emit({ type: 'pool.lease.stale', call });
  }

  /** Keeps the process alive while something is under way that will settle what somebody waits for. */
  private hold(): void {
    const { core, supply } = this;
    const coming = core.incoming > 0 || core.census.count(SlotState.CLOSING) > 0 || supply.pending;
    const owes = core.line.length > 0 && coming;
    if (owes) this.letGo ??= core.clock.hold?.();
    else if (this.letGo) {
      this.letGo();
      this.letGo = undefined;
    }
  }
}
