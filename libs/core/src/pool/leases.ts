import type { Waiter } from '../waiting/waiting-line.js';
import type { Fitness } from './fitness.js';
import type { Forecast } from './forecast.js';
import type { LeakWatch, LeaseDetail } from './leak-watch.js';
import { PoolLease, type Lease, type Lender } from './lease.js';
import type { PoolCore } from './pool-core.js';
import { PoolLeaseEndedError } from './pool.errors.js';
import type { Retirement } from './retirement.js';
import { SlotState, type Slot } from './slot.js';
import type { Upkeep } from './upkeep.js';

/**
 * How a lease begins and how it ends. Both have a short way, for a resource that is as good as new and of which nobody wants to
 * know anything, and a long one:
 *
 *     take ─────────┐                        ┌──────────────── idle list
 *     takeFit ──────┼─► lend ─► … ─► giveBack┤
 *     hand (pump) ──┘                        └─► takeBack ──► retirement, fitness or pump
 */
export class Leases<T> implements Lender<T> {
  /** Whether a freeze of the process is looked for once per turn of the event loop. */
  private readonly vigilant: boolean;
  private readonly restores: boolean;
  private turn = NaN;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly fitness: Fitness<T>,
    private readonly retirement: Retirement<T>,
    private readonly leakWatch: LeakWatch<T>,
    private readonly forecast: Forecast<T>,
    private readonly upkeep: Upkeep<T>,
  ) {
    this.restores = fitness.restores;
    this.vigilant = core.options.validate !== undefined && core.options.validation.suspectOthers;
  }

  /** The short way, if {@link PoolCore.brief}: lends an idle resource, if nobody waits for one. */
  take(): Lease<T> | undefined {
    const { core } = this;
    if (core.line.length > 0) return undefined;
    const slot = core.nextIdle();
    if (slot === undefined) return undefined;
    const now = core.now();
    if (!this.retirement.passes(slot, now)) return this.takeFit(now, undefined, undefined);
    core.idle.unlink(slot);
    return this.lend(slot, now, 0, undefined);
  }

  /** The long way. */
  takeFor(label: string | undefined, detail: LeaseDetail | undefined): Lease<T> | undefined {
    const { core } = this;
    if (!core.serving || core.line.length > 0 || core.nextIdle() === undefined) return undefined;
    return this.takeFit(core.now(), label, detail);
  }

  /** Lends to one who has waited. */
  hand(slot: Slot<T>, waiter: Waiter<Lease<T>>): void {
    const { since, label, detail } = waiter;
    const now = this.core.now();
    const waited = since === undefined || since > now ? 0 : now - since;
    waiter.resolve(this.lendAttended(slot, now, waited, label, detail as LeaseDetail | undefined));
  }

  giveBack(slot: Slot<T>, generation: number): void {
    if (slot.generation !== generation) return this.stale('release');
    const { core } = this;
    const now = core.now();
    if (slot.attended || this.restores || core.line.length > 0 || !this.retirement.passes(slot, now)) {
      return this.takeBack(slot, now);
    }
    slot.generation++;
    core.shelve(slot, now);
    if (core.idle.length > core.maxIdle) this.retirement.trim();
    if (core.observed) core.changed();
  }

  giveBackBroken(slot: Slot<T>, generation: number, reason: string | undefined): void {
    if (slot.generation !== generation) return this.stale('destroy');
    this.revoke(slot, reason ?? 'destroyed by holder');
    if (this.core.observed) this.core.changed();
  }

  giveAway(slot: Slot<T>, generation: number): T {
    const { core } = this;
    if (slot.generation !== generation) {
      this.stale('detach');
      throw new PoolLeaseEndedError(core.name);
    }
    core.hush();
    this.end(slot, core.now());
    core.census.transition(slot, SlotState.GONE);
    core.counters.detached++;
    core.emit({ type: 'pool.resource.detached' });
    core.speak();
    core.pump.run();
    return slot.resource;
  }

  /** Ends the lease of a slot without asking its holder, who has a stale handle from now on, and destroys the resource. */
  revoke(slot: Slot<T>, reason: string): void {
    const { core } = this;
    core.hush();
    this.end(slot, core.now());
    this.retirement.retire(slot, reason);
    core.speak();
  }

  /** Goes through the idle slots for one that is good enough now. */
  private takeFit(now: number, label: string | undefined, detail: LeaseDetail | undefined): Lease<T> | undefined {
    const { core, fitness, retirement } = this;
    if (this.vigilant && now !== this.turn) this.upkeep.notice((this.turn = now));
    for (let slot = core.nextIdle(); slot !== undefined; slot = core.nextIdle()) {
      core.idle.unlink(slot);
      const reason = retirement.verdict(slot, now);
      if (reason !== undefined) {
        retirement.retire(slot, reason);
        continue;
      }
      const good = !fitness.doubts(slot, now) || fitness.confirm(slot);
      if (good) return this.lendAttended(slot, now, 0, label, detail);
      // Its validation goes on; the resource is for whoever waits when it has ended.
      if (good === undefined) return undefined;
    }
    return undefined;
  }

  /** Lends, and tells who wants to know. */
  private lendAttended(
    slot: Slot<T>,
    now: number,
    waited: number,
    label: string | undefined,
    detail: LeaseDetail | undefined,
  ): Lease<T> {
    const { core } = this;
    const lease = this.lend(slot, now, waited, label);
    if (!core.attentive && detail === undefined) return lease;
    slot.attended = true;
    if (detail !== undefined) this.leakWatch.lent(slot, detail);
    core.emitLease({ type: 'pool.acquired', waited, label });
    return lease;
  }

  private lend(slot: Slot<T>, now: number, waited: number, label: string | undefined): Lease<T> {
    const { core } = this;
    const { generation } = slot;
    core.census.lend(slot);
    if (generation === slot.lastGeneration) slot.doomed ??= 'used up';
    slot.label = label;
    slot.leasedAt = core.movedAt = now;
    core.counters.acquired++;
    if (--core.untilSample === 0) this.sample(slot, waited);
    return new PoolLease(slot.resource, slot, generation);
  }

  /** Ends a lease of which anything is to be thought: somebody waits, it was watched, or the resource may not go on. */
  private takeBack(slot: Slot<T>, now: number): void {
    const { core } = this;
    core.hush();
    this.end(slot, now);
    const reason = this.retirement.verdict(slot, now);
    if (reason !== undefined) this.retirement.retire(slot, reason);
    else if (this.restores) this.fitness.restore(slot);
    else core.pump.offer(slot);
    core.speak();
    if (core.observed) core.changed();
  }

  /** The lease is over, whatever becomes of the resource; who listens is told when that has been decided. */
  private end(slot: Slot<T>, now: number): void {
    const { core } = this;
    slot.generation++;
    if (core.line.length > 0) this.forecast.used((core.movedAt = now) - slot.leasedAt);
    if (slot.attended) this.unattend(slot, now);
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
}
