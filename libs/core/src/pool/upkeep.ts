import type { Cancel } from '../clock/clock.js';
import { repeat } from '../clock/repeat.js';
import type { Fitness } from './fitness.js';
import type { LeakWatch } from './leak-watch.js';
import type { PoolCore } from './pool-core.js';
import { PoolState } from './pool-state.js';
import type { Retirement } from './retirement.js';
import { SlotState } from './slot.js';

const SHORTEST_PAUSE = 10;
const LONGEST_PAUSE = 30_000;
/** Share by which the pauses vary, so that many pools do not wake, and ask their servers, in step. */
const JITTER = 0.1;
/** The wall clock may run ahead of the monotonic one by this much, in milliseconds, before it counts as sleep. */
const TOLERATED_DRIFT = 1_000;

/**
 * The rounds: idle and old resources go, the others are asked whether they live, leases are looked at. Exists only while
 * there is something to look after, and keeps no process alive.
 *
 * Nothing here is needed for correctness at the moment of lending, which checks for itself; a round that comes late because
 * the process was busy or frozen does no harm.
 */
export class Upkeep<T> {
  private readonly pause: number;
  private cancel: Cancel | undefined = undefined;
  private lastRound = NaN;
  /** By how much the wall clock is ahead of the monotonic one. */
  private lead = NaN;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly retirement: Retirement<T>,
    private readonly fitness: Fitness<T>,
    private readonly leakWatch: LeakWatch<T>,
  ) {
    const { idleTimeout, maxLifetime, validate, validation } = core.options;
    const soonest = Math.min(idleTimeout, maxLifetime, validate ? validation.every : Infinity, leakWatch.patience);
    this.pause = Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, soonest / 4));
  }

  /** Begins the rounds, if there is anything to look after. */
  wake(): void {
    if (this.cancel || this.core.census.size === 0 || this.core.ending) return;
    const { clock, options } = this.core;
    this.lastRound = clock.now();
    this.lead = clock.wallNow() - this.lastRound;
    this.cancel = repeat(clock, this.pause, () => this.round(), { jitter: JITTER, random: options.random });
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  /**
   * Notices that the process was frozen (a suspended laptop, a paused virtual machine, a serverless function between two
   * calls), in which time servers close connections and nobody tells. The monotonic clock may have stood still meanwhile.
   */
  notice(now: number): void {
    if (!this.cancel) return;
    const lead = this.core.clock.wallNow() - now;
    const slept = lead - this.lead;
    this.lead = lead;
    if (slept > TOLERATED_DRIFT) this.ageAll(slept);
    if (slept > TOLERATED_DRIFT || now - this.lastRound > 3 * this.pause + TOLERATED_DRIFT) {
      this.lastRound = now;
      this.fitness.suspectAll('process was frozen');
    }
  }

  private round(): void {
    const { core } = this;
    const now = core.clock.now();
    this.notice(now);
    this.lastRound = now;
    this.retireIdle(now);
    this.announceLeaving(now);
    this.probeIdle(now);
    this.leakWatch.inspect(now);
    core.pump.run();
    if (core.census.size === 0) this.stop();
  }

  private retireIdle(now: number): void {
    const { core, retirement } = this;
    for (const slot of core.census.in(SlotState.IDLE)) {
      const reason = retirement.verdict(slot, now);
      if (reason !== undefined) retirement.condemn(slot, reason);
    }
    const { idleTimeout } = core.options;
    for (let slot = core.idle.coldest; slot && core.census.live > core.minSize; slot = core.idle.coldest) {
      if (now - slot.idleSince < idleTimeout) return;
      retirement.condemn(slot, 'idle for too long');
    }
  }

  /** Successors first: whoever keeps the pool at its minimum leaves only when somebody else has come. */
  private announceLeaving(now: number): void {
    const { census, minSize, options, state, creations } = this.core;
    if (!options.retirement.replaceFirst || minSize === 0 || state !== PoolState.RUNNING) return;
    const notice = 2 * this.pause + (creations.percentile(95) ?? 0);
    for (const slot of census.each()) {
      if (slot.state > SlotState.RESETTING || slot.diesAt - now > notice) continue;
      if (slot.leaving && census.live > minSize) this.retirement.condemn(slot, 'end of lifetime');
      else if (census.live - census.leaving <= minSize) census.markLeaving(slot);
    }
  }

  private probeIdle(now: number): void {
    const { core, fitness } = this;
    const { validate, validation } = core.options;
    if (!validate) return;
    for (const slot of core.census.in(SlotState.IDLE)) {
      if (slot.state === SlotState.IDLE && now - fitness.goodAt(slot) >= validation.every - this.pause / 2) {
        fitness.probe(slot);
      }
    }
  }

  private ageAll(slept: number): void {
    for (const slot of this.core.census.each()) {
      slot.diesAt -= slept;
      slot.idleSince -= Math.floor(slept);
      slot.validatedAt -= slept;
    }
  }
}
