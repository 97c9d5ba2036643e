import type { Cancel } from '../clock/clock.js';
import type { Fitness } from './fitness.js';
import type { Leases } from './leases.js';
import type { PoolCore } from './pool-core.js';
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
export class Pump<T> {
  private running = false;
  private again = false;
  private letGo: Cancel | undefined = undefined;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly leases: Leases<T>,
    private readonly supply: Supply<T>,
    private readonly fitness: Fitness<T>,
    private readonly retirement: Retirement<T>,
    private readonly upkeep: Upkeep<T>,
  ) {}

  /** Gives a resource that may be lent to the one who has waited longest, or keeps it. */
  offer(slot: Slot<T>): void {
    if (this.core.line.length > 0 && this.core.lending) this.offerToWaiters(slot);
    else this.keep(slot);
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

  /** Those whose time is over are refused on the way, which must not stir anything while the slot is nobody's. */
  private offerToWaiters(slot: Slot<T>): void {
    const { core, running } = this;
    this.running = true;
    core.hush();
    const waiter = core.line.claim();
    if (waiter !== undefined) this.leases.hand(slot, waiter);
    else this.keep(slot);
    this.running = running;
    core.speak();
    if (!running && this.again) this.run();
  }

  /** Keeps a resource that nobody waits for. */
  private keep(slot: Slot<T>): void {
    const { core } = this;
    core.shelve(slot, core.now());
    if (core.idle.length > core.maxIdle) this.retirement.trim();
  }

  /** Idle slots to waiters, as long as there are both. */
  private serve(): void {
    const { core, fitness } = this;
    while (core.lending && core.line.length > 0) {
      const slot = core.nextIdle();
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
