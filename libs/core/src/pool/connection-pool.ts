import type { Histogram } from '../metrics/histogram.js';
import type { CloseReport } from '../resource/close-report.js';
import type { Health } from '../resource/health.js';
import type { CallContext, CloseContext, Resource, ResourceListener } from '../resource/resource.js';
import { Acquiring } from './acquiring.js';
import { Closing, type PoolCloseOptions, type PoolDrainOptions } from './closing.js';
import { condemns } from './condemns.js';
import { Eviction, type EvictOptions, type EvictTarget } from './eviction.js';
import { Fitness } from './fitness.js';
import { LeakWatch } from './leak-watch.js';
import { Leases } from './leases.js';
import type { Lease, PoolLease } from './lease.js';
import { PoolCore } from './pool-core.js';
import type { PoolEvent, PoolObserveOptions } from './pool-event.js';
import { poolHealth } from './pool-health.js';
import { poolMetrics, type PoolMetrics } from './pool-metrics.js';
import type { AcquireOptions, PoolBounds, PoolLeakOptions, PoolOptions } from './pool-options.js';
import { checkLeakOptions, checkPoolBounds, checkPoolOptions } from './pool-options.table.js';
import { PoolState } from './pool-state.js';
import { Pump } from './pump.js';
import { Retirement } from './retirement.js';
import { SlotState } from './slot.js';
import { Starting } from './starting.js';
import { Supply } from './supply.js';
import { Upkeep } from './upkeep.js';

/**
 * Lends a bounded number of resources that are expensive to make: connections, workers, browser pages.
 *
 * Invariants: no resource is lent to two at once, even if somebody gives back twice. Never more than `maxSize` exist, those
 * being created or destroyed included. Who waits is served in order, and every promise settles: granted, timed out, aborted,
 * or refused with the reason. What was created is destroyed, whatever create, validate, reset and destroy do or fail to do.
 *
 * @example
 * const pool = new ConnectionPool({ name: 'smtp', create: openSmtp, destroy: (client) => client.quit(), maxSize: 10 });
 * await pool.use((client) => client.send(mail));
 */
export class ConnectionPool<T> implements Resource {
  readonly kind = 'pool';
  readonly name: string;

  private readonly core: PoolCore<T>;
  private readonly acquiring: Acquiring<T>;
  private readonly retirement: Retirement<T>;
  private readonly leakWatch: LeakWatch<T>;
  private readonly starting: Starting<T>;
  private readonly eviction: Eviction<T>;
  private readonly closings: Closing<T>;

  /**
   * Opens nothing and starts no timer.
   *
   * @throws {OptionsError} naming every option that cannot work
   */
  constructor(options: PoolOptions<T>) {
    const core = (this.core = new PoolCore<T>(
      checkPoolOptions(options),
      (waiter) => this.acquiring.timedOut(waiter),
      (waiter) => this.acquiring.left(waiter),
    ));
    this.name = core.name;
    const retirement = (this.retirement = new Retirement(core));
    const fitness = new Fitness(core, retirement);
    const supply = new Supply(core, retirement);
    const leakWatch = (this.leakWatch = new LeakWatch(core));
    const upkeep = new Upkeep(core, retirement, fitness, leakWatch);
    const leases = new Leases(core, fitness, retirement, leakWatch, supply.forecast, upkeep);
    core.lender = leases;
    core.pump = new Pump(core, leases, supply, fitness, retirement, upkeep);
    this.acquiring = new Acquiring(core, leases, leakWatch);
    this.starting = new Starting(core, supply);
    this.eviction = new Eviction(core, retirement, leases);
    this.closings = new Closing(core, supply, retirement, leases, leakWatch, upkeep);
  }

  get state(): PoolState {
    return this.core.state;
  }

  /** Everything that counts towards `maxSize`: those being created or destroyed included. */
  get size(): number {
    return this.core.census.size;
  }

  get idle(): number {
    return this.core.census.count(SlotState.IDLE);
  }

  get leased(): number {
    return this.core.census.count(SlotState.LEASED);
  }

  get creating(): number {
    return this.core.census.count(SlotState.CREATING);
  }

  get closing(): number {
    return this.core.census.count(SlotState.CLOSING);
  }

  /** How many acquires wait. */
  get waiting(): number {
    return this.core.line.length;
  }

  /**
   * Opens `minSize` resources and keeps that many open from then on. A pool that was not started serves all the same.
   *
   * @throws {ResourceCreateError} if a creation fails, unless `creation.onStart` is 'tolerate'
   * @throws {PoolClosedError}
   */
  start(context?: CallContext): Promise<void> {
    return this.starting.start(context);
  }

  /**
   * Lends a resource: an idle one at once, otherwise whichever comes back or is created first, in the order of asking.
   *
   * @throws {PoolTimeoutError} if there was none in time, saying who holds them and why none was created
   * @throws {PoolQueueFullError} if too many wait already
   * @throws {PoolClosedError} {@link PoolDrainingError}
   * @throws {ResourceCreateError} if creating is hopeless: see `creation.isFatal` and `creation.whileOpen`
   * @throws the reason of the signal, if it is aborted
   */
  acquire(options?: AcquireOptions): Promise<Lease<T>> {
    return this.acquiring.acquire(options);
  }

  /** Lends an idle resource, if there is one that needs no asking. Never waits and makes no promise. */
  tryAcquire(options?: Pick<AcquireOptions, 'label' | 'leakAfter'>): Lease<T> | undefined {
    return this.acquiring.tryAcquire(options);
  }

  /**
   * Lends a resource to `work` and takes it back, whatever happens. If `work` fails with an error that `destroyOnError` says
   * condemns the resource, it is destroyed.
   *
   * @example
   * const rows = await pool.use((connection) => connection.query('…'), { label: 'report', timeout: 1_000 });
   */
  async use<R>(work: (resource: T, lease: Lease<T>) => R | Promise<R>, options?: AcquireOptions): Promise<R> {
    const lease = await this.acquire(options);
    try {
      const result = await work(lease.resource, lease);
      lease[Symbol.dispose]();
      return result;
    } catch (error) {
      if ((lease as PoolLease<T>).held && condemns(this.core, error)) lease.destroy('an error condemned it');
      else lease[Symbol.dispose]();
      throw error;
    }
  }

  /** As `lease.release()`. */
  release(lease: Lease<T>): void {
    lease.release();
  }

  /**
   * Changes the bounds. Growing serves waiters at once; shrinking destroys idle resources now and lent ones when they come
   * back.
   *
   * @throws {OptionsError}
   */
  resize(bounds: PoolBounds): void {
    const { core } = this;
    const { minSize, maxSize } = checkPoolBounds(this.name, {
      ...bounds,
      minSize: bounds.minSize === undefined ? core.minSize : bounds.minSize,
      maxSize: bounds.maxSize === undefined ? core.maxSize : bounds.maxSize,
    });
    core.setBounds(minSize, maxSize);
    core.emit({ type: 'pool.resized', minSize, maxSize });
    this.retirement.trim();
    this.core.pump.run();
  }

  /**
   * Takes resources out of use, for example after a failover or a change of credentials: idle ones at once, lent ones when
   * they come back. Resolves, when those destroyed at once are gone, to how many.
   *
   * @example
   * await pool.evict();                                          // all
   * await pool.evict((connection) => connection.host === dead);   // some
   * await pool.evict(lease, { hard: true });                     // one, under its holder
   */
  evict(target?: EvictTarget<T>, options: EvictOptions = {}): Promise<number> {
    return this.eviction.evict(target, options);
  }

  /** Lends nothing until `resume()`: acquires wait, within their timeouts. */
  suspend(): void {
    if (!this.core.ending) this.core.become(PoolState.SUSPENDED);
  }

  /** Ends `suspend()` or `drain()`. */
  resume(): void {
    const { core } = this;
    if (core.state !== PoolState.SUSPENDED && core.state !== PoolState.DRAINING) return;
    core.become(core.started ? PoolState.RUNNING : PoolState.COLD);
    this.core.pump.run();
  }

  /**
   * Refuses new acquires, serves those that wait, and resolves when no lease is out. `resume()` reopens.
   *
   * @throws {CallTimeoutError} if leases are still out when the time is over
   */
  drain(options: PoolDrainOptions = {}): Promise<void> {
    return this.closings.drain(options);
  }

  /**
   * Refuses who waits, destroys what is idle, waits for what is lent, destroys that too when the time is over, and reports who
   * held it. Never rejects; the same promise each time.
   */
  close(options: PoolCloseOptions | CloseContext = {}): Promise<CloseReport> {
    return this.closings.close(options);
  }

  /** How the pool is, by what it knows; it neither waits nor opens anything. */
  check(_context?: CallContext): Health {
    return poolHealth(this.core);
  }

  getMetrics(): PoolMetrics {
    return poolMetrics(this.core);
  }

  /** The recordings behind `timings`, for exporters that need more than percentiles. To be read only. */
  get histograms(): { readonly wait: Histogram; readonly use: Histogram; readonly create: Histogram } {
    const { waits, uses, creations } = this.core;
    return { wait: waits, use: uses, create: creations };
  }

  /** Changes what is watched while the pool runs, to hunt a leak in production. */
  watchLeaks(options: Pick<PoolLeakOptions, 'after' | 'stacks' | 'nested'>): void {
    this.leakWatch.change(checkLeakOptions(this.name, options));
  }

  /** Who holds what now, longest first. */
  holders(): ReturnType<LeakWatch<T>['holders']> {
    return this.leakWatch.holders();
  }

  /** Tells what happens from now on; each single lease only with `leases`. Returns how to stop. */
  observe(listener: (event: PoolEvent) => void, options: PoolObserveOptions = {}): () => void {
    const { listeners, leaseListeners } = this.core;
    const stop = listeners.add(listener as ResourceListener);
    const stopLeases = options.leases ? leaseListeners.add(listener as ResourceListener) : undefined;
    this.leakWatch.attend();
    return () => {
      stop();
      stopLeases?.();
      this.leakWatch.attend();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
