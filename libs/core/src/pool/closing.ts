import { CallTimeoutError } from '../call/call-timeout.error.js';
import type { Cancel } from '../clock/clock.js';
import type { CloseReport, Holder } from '../resource/close-report.js';
import type { CloseContext } from '../resource/resource.js';
import { wrongDrain } from './call-options.js';
import type { LeakWatch } from './leak-watch.js';
import type { Leases } from './leases.js';
import type { PoolCore } from './pool-core.js';
import { PoolClosedError } from './pool.errors.js';
import { PoolState } from './pool-state.js';
import type { Retirement } from './retirement.js';
import { SlotState } from './slot.js';
import type { Supply } from './supply.js';
import type { Upkeep } from './upkeep.js';

export interface PoolCloseOptions {
  /** Milliseconds that leases have to come back; 0 takes them at once, `Infinity` waits for ever. @default 10_000 */
  readonly timeout?: number;
}

export interface PoolDrainOptions {
  /** Milliseconds. @default Infinity */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT = 10_000;

/**
 * The ways to an end. Closing: refuse whoever waits, give up creations, destroy what is idle, wait for what is lent, destroy
 * that too when the time is over, and say who held it. It always ends: every step has a deadline.
 */
export class Closing<T> {
  private closed: Promise<CloseReport> | undefined = undefined;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly supply: Supply<T>,
    private readonly retirement: Retirement<T>,
    private readonly leases: Leases<T>,
    private readonly leakWatch: LeakWatch<T>,
    private readonly upkeep: Upkeep<T>,
  ) {}

  /** The same promise each time. It never rejects. */
  close(options: PoolCloseOptions | CloseContext): Promise<CloseReport> {
    return (this.closed ??= this.run(options));
  }

  /** Refuses new acquires, serves those that wait, and resolves when nothing is lent any more. */
  drain({ timeout = Infinity }: PoolDrainOptions): Promise<void> {
    const { core } = this;
    if (core.ending) return Promise.reject(new PoolClosedError(core.name));
    const wrong = wrongDrain(core.name, timeout);
    if (wrong) return Promise.reject(wrong);
    core.become(PoolState.DRAINING);
    core.pump.run();
    return this.until(() => core.state !== PoolState.DRAINING || isQuiet(core), timeout).then((quiet) => {
      if (core.ending) throw new PoolClosedError(core.name);
      if (!quiet) throw new CallTimeoutError(`Draining pool '${core.name}' (${this.heldText()})`, timeout, core.name);
    });
  }

  private async run(options: PoolCloseOptions | CloseContext): Promise<CloseReport> {
    const { core, retirement } = this;
    const began = core.clock.now();
    const destroyedBefore = core.counters.destroyed;
    const letGo = core.clock.hold?.();
    const errors = (retirement.errors = []);
    this.refuseAll();
    await this.until(() => core.census.count(SlotState.LEASED) === 0, timeLeft(core, options), signalOf(options));
    const holders = this.takeAll();
    await this.until(() => core.census.size === 0, Infinity);
    this.leakWatch.stop();
    core.become(PoolState.CLOSED);
    letGo?.();
    return {
      clean: holders.length === 0 && errors.length === 0,
      duration: core.clock.now() - began,
      destroyed: core.counters.destroyed - destroyedBefore,
      holders,
      errors,
    };
  }

  private refuseAll(): void {
    const { core, retirement } = this;
    core.become(PoolState.CLOSING);
    this.upkeep.stop();
    const error = new PoolClosedError(core.name);
    this.supply.stop(error);
    core.line.refuseAll((waiter) => {
      core.counters.rejected++;
      core.emit({ type: 'pool.acquire.rejected', reason: 'closed', label: waiter.label });
      return new PoolClosedError(core.name);
    });
    core.line.stop();
    for (const slot of core.census.each()) retirement.condemn(slot, 'pool closing');
    core.pump.run();
  }

  /** Destroys what is still lent, under whoever holds it. */
  private takeAll(): Holder[] {
    const { core } = this;
    const holders = this.leakWatch.holders();
    for (const slot of core.census.in(SlotState.LEASED)) {
      // Whoever heard of the one before may have done something about this one.
      if (slot.state === SlotState.LEASED) this.leases.revoke(slot, 'not given back');
    }
    return holders;
  }

  /** Waits until `reached`; false if the time is over or the signal is aborted before. */
  private until(reached: () => boolean, timeout: number, signal?: AbortSignal): Promise<boolean> {
    const { core } = this;
    if (reached()) return Promise.resolve(true);
    if (timeout <= 0 || signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const letGo: Cancel | undefined = timeout === Infinity ? undefined : core.clock.hold?.();
      const end = (result: boolean): void => {
        unwatch();
        cancel();
        letGo?.();
        signal?.removeEventListener('abort', giveUp);
        resolve(result);
      };
      const giveUp = (): void => end(false);
      const unwatch = core.watch(() => {
        if (reached()) end(true);
      });
      const cancel = core.clock.schedule(timeout, giveUp);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  private heldText(): string {
    const [first, ...others] = this.leakWatch.holders();
    if (!first) return 'nothing is lent';
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    return `held by ${first.label ? `'${first.label}'` : 'an unlabelled lease'} for ${Math.round(first.heldFor)} ms${more}`;
  }
}

function isQuiet<T>({ census, line }: PoolCore<T>): boolean {
  return line.length === 0 && census.count(SlotState.LEASED) === 0 && census.count(SlotState.RESETTING) === 0;
}

function timeLeft<T>(core: PoolCore<T>, options: PoolCloseOptions | CloseContext): number {
  if ('deadline' in options) return Math.max(0, options.deadline - core.clock.now());
  const { timeout = DEFAULT_TIMEOUT } = options as PoolCloseOptions;
  // A close never rejects; NaN must not mean that leases are taken at once.
  return timeout >= 0 ? timeout : DEFAULT_TIMEOUT;
}

function signalOf(options: PoolCloseOptions | CloseContext): AbortSignal | undefined {
  return 'signal' in options ? options.signal : undefined;
}
