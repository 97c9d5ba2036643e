import { AsyncLocalStorage } from 'node:async_hooks';

import type { Holder } from '../resource/close-report.js';
import type { PoolCore } from './pool-core.js';
import type { AcquireOptions, PoolLeakOptions } from './pool-options.js';
import { SlotState, type Slot } from './slot.js';

/** How many leases one async context holds, and all that it calls. */
interface Scope {
  held: number;
}

/** What is remembered of a lease beyond its label, if anybody asked for it. */
export interface LeaseDetail {
  readonly leakAfter: number | undefined;
  readonly stack: string | undefined;
  readonly scope: Scope | undefined;
}

/** A frame of ours, which says nothing to who looks for a leak. */
const OWN_FRAME = /[/\\]core[/\\](?:src|dist)[/\\]pool[/\\][^/\\]+(?<!spec)\.[jt]s:/;

/**
 * Who holds what, and for how long. Labels and ages are free and always there; stacks cost microseconds each and are taken
 * only when asked for; nesting is seen through an AsyncLocalStorage that exists only when asked for.
 */
export class LeakWatch<T> {
  private after: number;
  private stacks: Required<PoolLeakOptions>['stacks'];
  private scopes: AsyncLocalStorage<Scope> | undefined;
  private watches = false;
  private stalledSince: number | undefined = undefined;

  constructor(private readonly core: PoolCore<T>) {
    const { after, stacks, nested } = core.options.leaks;
    this.after = after;
    this.stacks = stacks;
    this.scopes = nested ? new AsyncLocalStorage() : undefined;
    this.attend();
  }

  /** Changes what is watched while the pool runs. Leases that are out are judged by the new rule too. */
  change({ after, stacks, nested }: PoolLeakOptions): void {
    this.after = after ?? this.after;
    this.stacks = stacks ?? this.stacks;
    if (nested === false) this.stop();
    else if (nested && !this.core.ending) this.scopes ??= new AsyncLocalStorage();
    this.attend();
  }

  /** Forgets the scopes: as long as anything is stored in an AsyncLocalStorage, every promise of the process costs more. */
  stop(): void {
    this.scopes?.disable();
    this.scopes = undefined;
  }

  /** The soonest a leak can show, for the pace of the upkeep. */
  get patience(): number {
    return Math.min(this.after, this.core.options.leaks.stallAfter);
  }

  /** What is to be remembered of an acquire that begins now; nothing in the usual case. */
  detail(options: AcquireOptions | undefined): LeaseDetail | undefined {
    if (!this.watches && options?.leakAfter === undefined) return undefined;
    return {
      leakAfter: options?.leakAfter,
      stack: this.wantsStack() ? callerStack() : undefined,
      scope: this.scopes && this.enterScope(this.scopes, options?.label),
    };
  }

  lent(slot: Slot<T>, detail: LeaseDetail): void {
    slot.detail = detail;
    if (detail.scope) detail.scope.held++;
  }

  returned(slot: Slot<T>): void {
    const scope = slot.detail?.scope;
    if (scope) scope.held--;
    slot.detail = undefined;
  }

  /** Who holds what now, longest first. */
  holders(): Holder[] {
    const now = this.core.clock.now();
    const slots = this.core.census.in(SlotState.LEASED).sort((a, b) => a.leasedAt - b.leasedAt);
    return slots.map((slot) => holderOf(slot, now));
  }

  /** Looks for leases that are held for too long, and for a pool in which nothing moves. */
  inspect(now: number): void {
    this.inspectLeases(now);
    this.inspectStall(now);
  }

  private inspectLeases(now: number): void {
    const { core } = this;
    for (const slot of core.census.in(SlotState.LEASED)) {
      const after = slot.detail?.leakAfter ?? this.after;
      if (slot.reported === slot.generation || now - slot.leasedAt < after) continue;
      slot.reported = slot.generation;
      core.counters.leaks++;
      core.emit({ type: 'pool.leak.suspected', holder: holderOf(slot, now) });
    }
  }

  private inspectStall(now: number): void {
    const { core } = this;
    const { census, line, movedAt, options } = core;
    const all = census.count(SlotState.LEASED) === core.maxSize && line.length > 0;
    if (!all || now - movedAt < options.leaks.stallAfter) return;
    if (this.stalledSince === movedAt) return;
    this.stalledSince = movedAt;
    if (core.listeners.heard) core.emit({ type: 'pool.stalled', holders: this.holders(), waiting: line.length });
  }

  private wantsStack(): boolean {
    const { line, counters } = this.core;
    if (this.stacks !== 'suspected') return this.stacks === 'always';
    return line.length > 0 || counters.leaks > 0;
  }

  /** The caller's own continuation, and what it calls, share the scope from here on. */
  private enterScope(scopes: AsyncLocalStorage<Scope>, label: string | undefined): Scope {
    const scope = scopes.getStore();
    if (!scope) {
      const entered: Scope = { held: 0 };
      scopes.enterWith(entered);
      return entered;
    }
    if (scope.held > 0) {
      this.core.emit({ type: 'pool.nested.acquire', label, stack: this.wantsStack() ? callerStack() : undefined });
    }
    return scope;
  }

  /** Notes whether each lease has to be attended to. */
  attend(): void {
    this.watches = this.stacks !== 'never' || this.scopes !== undefined;
    this.core.attend(this.watches || this.core.leaseListeners.heard);
  }
}

function holderOf<T>(slot: Slot<T>, now: number): Holder {
  const { label, detail } = slot;
  const stack = detail?.stack;
  return {
    ...(label !== undefined && { label }),
    heldFor: Math.max(0, now - slot.leasedAt),
    ...(stack !== undefined && { stack }),
  };
}

/** Where the public verb was called, without our own frames. */
function callerStack(): string {
  const { stack = '' } = new Error('taken here');
  return stack
    .split('\n')
    .slice(1)
    .filter((line) => !OWN_FRAME.test(line))
    .join('\n');
}
