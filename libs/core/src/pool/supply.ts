import type { Cancel } from '../clock/clock.js';
import { CreationGate } from './creation-gate.js';
import { Creations } from './creations.js';
import { Forecast } from './forecast.js';
import type { PoolCore } from './pool-core.js';
import { ResourceCreateError } from './pool.errors.js';
import { PoolState } from './pool-state.js';
import type { Retirement } from './retirement.js';
import { SlotState } from './slot.js';

/**
 * How many resources to create, and when. Creations belong to the pool and not to the acquire that caused them: who gives up
 * waiting stops nothing, and what arrives is for whoever waits by then.
 *
 *     wanted = max(waiters − what is on its way − what will come back in time, minSize − live), capped by maxSize − size,
 *              by creation.concurrency and by the breaker
 */
export class Supply<T> {
  readonly forecast: Forecast<T>;
  readonly creations: Creations<T>;

  private readonly gate: CreationGate<T>;
  private cancelTimer: Cancel | undefined = undefined;
  private dueAt = Infinity;

  constructor(
    private readonly core: PoolCore<T>,
    retirement: Retirement<T>,
  ) {
    this.forecast = new Forecast(core);
    this.gate = new CreationGate(core);
    this.creations = new Creations(core, retirement, this.gate, this.forecast, (error) => this.refuse(error));
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
    this.creations.stop(reason);
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
    for (let left = count; left > 0; left--) void this.creations.create();
  }

  private postpone(delay: number): void {
    const { core } = this;
    this.arm(delay);
    if (core.options.creation.whileOpen === 'wait' || core.census.live > 0 || this.gate.openFor === 0) return;
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
