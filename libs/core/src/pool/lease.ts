import type { Slot } from './slot.js';

/**
 * A resource in somebody's hands, until it is given back. Whatever is called first ends the lease; afterwards all of it is
 * inert, so that giving back twice can never free what somebody else has meanwhile been lent.
 *
 * @example
 * await using lease = await pool.acquire();
 * await lease.resource.query('…');
 */
export interface Lease<T> {
  /** The raw resource. Not to be used after the lease has ended. */
  readonly resource: T;

  /** Gives the resource back. */
  release(): void;

  /** Gives it back as broken: the pool destroys it. */
  destroy(reason?: string): void;

  /**
   * Takes the resource out of the pool for good; the caller ends it.
   *
   * @throws {PoolLeaseEndedError} if the lease has ended: the resource is somebody else's now
   */
  detach(): T;

  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Who takes back what was lent. Each call says for which generation of the slot it speaks. */
export interface Lender<T> {
  giveBack(slot: Slot<T>, generation: number): void;
  giveBackBroken(slot: Slot<T>, generation: number, reason: string | undefined): void;
  giveAway(slot: Slot<T>, generation: number): T;
}

/**
 * The generation makes a lease safe: the slot's is raised when the lease ends, so that a stale lease, and there is no telling
 * how many are still around, no longer speaks for it.
 *
 * @see https://en.wikipedia.org/wiki/ABA_problem
 */
export class PoolLease<T> implements Lease<T> {
  constructor(
    readonly resource: T,
    private readonly slot: Slot<T>,
    private readonly generation: number,
  ) {}

  release(): void {
    const { slot } = this;
    slot.lender.giveBack(slot, this.generation);
  }

  destroy(reason?: string): void {
    const { slot } = this;
    slot.lender.giveBackBroken(slot, this.generation, reason);
  }

  detach(): T {
    const { slot } = this;
    return slot.lender.giveAway(slot, this.generation);
  }

  /** Whether the resource is still this lease's. */
  get held(): boolean {
    return this.slot.generation === this.generation;
  }

  [Symbol.dispose](): void {
    if (this.held) this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.held) this.release();
    return Promise.resolve();
  }

  /** @internal for `evict(lease)` */
  get place(): Slot<T> | undefined {
    return this.held ? this.slot : undefined;
  }
}

// A promise that is resolved with a lease asks it for `then`. Found at once, the answer is cheaper than not found at all.
// oxlint-disable-next-line unicorn/no-thenable -- it says that it is none
Object.defineProperty(PoolLease.prototype, 'then', { value: undefined });
