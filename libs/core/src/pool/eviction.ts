import { PoolLease, type Lease } from './lease.js';
import type { Leases } from './leases.js';
import type { PoolCore } from './pool-core.js';
import type { Retirement } from './retirement.js';
import { SlotState, type Slot } from './slot.js';

/** Which resources are meant: one, those for which the function says so, or (left out) all. */
export type EvictTarget<T> = T | Lease<T> | ((resource: T) => boolean);

export interface EvictOptions {
  /** Also destroys what is lent, at once and under its holder, instead of when it comes back. @default false */
  readonly hard?: boolean;
}

/**
 * Takes resources out of use: idle ones at once, lent ones when they come back, or at once too. To evict all is one raised
 * number, which every slot is compared with before it is lent.
 */
export class Eviction<T> {
  constructor(
    private readonly core: PoolCore<T>,
    private readonly retirement: Retirement<T>,
    private readonly leases: Leases<T>,
  ) {}

  /** Resolves, when those destroyed at once are gone, to how many were taken out of use. */
  async evict(target: EvictTarget<T> | undefined, { hard = false }: EvictOptions): Promise<number> {
    const { core } = this;
    const chosen = this.choose(target);
    if (target === undefined) core.raiseEpoch();
    for (const slot of chosen) {
      if (!hard || slot.state !== SlotState.LEASED) this.retirement.condemn(slot, 'evicted');
      else this.leases.revoke(slot, 'evicted');
    }
    core.emit({ type: 'pool.evicted', count: chosen.length });
    await this.gone(chosen.filter((slot) => slot.state === SlotState.CLOSING));
    return chosen.length;
  }

  private choose(target: EvictTarget<T> | undefined): Slot<T>[] {
    const live = this.core.census.each().filter((slot) => slot.state < SlotState.CLOSING);
    if (target === undefined) return live;
    if (target instanceof PoolLease) return live.filter((slot) => slot === target.place);
    const created = live.filter((slot) => slot.state !== SlotState.CREATING);
    if (typeof target !== 'function') return created.filter((slot) => slot.resource === target);
    return created.filter((slot) => (target as (resource: T) => boolean)(slot.resource));
  }

  private gone(closing: readonly Slot<T>[]): Promise<void> {
    const isOver = (): boolean => closing.every((slot) => slot.state === SlotState.GONE);
    if (isOver()) return Promise.resolve();
    return new Promise((resolve) => {
      const letGo = this.core.clock.hold?.();
      const unwatch = this.core.watch(() => {
        if (!isOver()) return;
        unwatch();
        letGo?.();
        resolve();
      });
    });
  }
}
