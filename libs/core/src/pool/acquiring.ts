import { refused } from '../waiting/refused.js';
import type { WaitOptions, Waiter } from '../waiting/waiting-line.js';
import { wrongAcquire } from './call-options.js';
import type { LeakWatch } from './leak-watch.js';
import type { Lease } from './lease.js';
import type { Leases } from './leases.js';
import type { PoolCore } from './pool-core.js';
import { poolFigures } from './pool-metrics.js';
import type { AcquireOptions } from './pool-options.js';
import { PoolClosedError, PoolDrainingError, PoolQueueFullError, PoolTimeoutError } from './pool.errors.js';
import { PoolState } from './pool-state.js';

const NO_OPTIONS: AcquireOptions = {};

/**
 * How somebody comes to a lease: at once, by waiting in the line, or not at all, and then is told why.
 *
 * An acquire without options, in a pool that has nothing to ask or to tell, takes the short way: no object but its lease and
 * its promise is made for it, and its waiter if it has to wait.
 */
export class Acquiring<T> {
  /** Of an acquire without options: one object for all of them. */
  private readonly plainWait: WaitOptions;
  private readonly limit: number;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly leases: Leases<T>,
    private readonly leakWatch: LeakWatch<T>,
  ) {
    this.plainWait = this.waitFor(NO_OPTIONS, undefined);
    this.limit = core.options.queue.limit;
  }

  acquire(options: AcquireOptions | undefined): Promise<Lease<T>> {
    if (options !== undefined || !this.core.brief) return this.acquireWith(options ?? NO_OPTIONS);
    const lease = this.leases.take();
    return lease === undefined ? this.wait(this.plainWait) : Promise.resolve(lease);
  }

  tryAcquire(options: Pick<AcquireOptions, 'label' | 'leakAfter'> | undefined): Lease<T> | undefined {
    if (options === undefined && this.core.brief) return this.leases.take();
    return this.leases.takeFor(options?.label, this.leakWatch.detail(options));
  }

  /** What is said to a waiter whose time is over. */
  timedOut(waiter: Waiter<Lease<T>>): Error {
    const { core } = this;
    const now = core.clock.now();
    const waited = now - (waiter.since ?? now);
    core.counters.timeouts++;
    core.timedOutAt = now;
    core.emit({ type: 'pool.acquire.timeout', waited, label: waiter.label });
    return new PoolTimeoutError(core.name, waited, waiter.timeout, {
      metrics: poolFigures(core),
      holders: this.leakWatch.holders(),
      lastCreateError: core.createError?.error,
    });
  }

  /** Somebody gave up waiting: there is less to order, and perhaps nothing to hold the process alive for. */
  left(waiter: Waiter<Lease<T>>): void {
    if (waiter.signal?.aborted) this.core.counters.aborted++;
    this.core.pump.run();
  }

  private acquireWith(options: AcquireOptions): Promise<Lease<T>> {
    const { signal, label } = options;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const wrong = wrongAcquire(this.core.name, options);
    if (wrong) return Promise.reject(wrong);
    const detail = this.leakWatch.detail(options);
    const lease = this.leases.takeFor(label, detail);
    return lease === undefined ? this.wait(this.waitFor(options, detail)) : Promise.resolve(lease);
  }

  private waitFor({ timeout, signal, label }: AcquireOptions, detail: unknown): WaitOptions {
    return { timeout: timeout ?? this.core.options.acquireTimeout, signal, label, detail };
  }

  private wait(options: WaitOptions): Promise<Lease<T>> {
    const { core } = this;
    const welcome = core.serving && core.line.length < this.limit;
    const refusal = welcome ? undefined : this.refusal(options.label);
    if (refusal) return refused(refusal, core.counters.rejected);
    const granted = core.line.join(options);
    if (core.canAct) core.pump.run();
    return granted;
  }

  /** Why an acquire may not even wait; a suspended pool lets it. */
  private refusal(label: string | undefined): Error | undefined {
    const { core, limit } = this;
    const { name } = core;
    if (core.ending) return this.refuse(new PoolClosedError(name), 'closed', label);
    if (core.state === PoolState.DRAINING) return this.refuse(new PoolDrainingError(name), 'draining', label);
    if (core.line.length >= limit) return this.refuse(new PoolQueueFullError(name, limit), 'queue full', label);
    return undefined;
  }

  private refuse(error: Error, reason: 'closed' | 'draining' | 'queue full', label: string | undefined): Error {
    this.core.counters.rejected++;
    this.core.emit({ type: 'pool.acquire.rejected', reason, label });
    return error;
  }
}
