import { AsyncLocalStorage } from 'node:async_hooks';

import { attempt } from '../call/attempt.js';
import { pause } from '../call/pause.js';
import type { Clock } from '../clock/clock.js';
import { systemClock } from '../clock/system-clock.js';
import { ResourceError } from '../errors/resource.error.js';
import type { ApplicationEvent } from '../events/known-events.js';
import type { ResourceEvents } from '../events/resource-events.js';
import { checkOptions } from '../options/check-options.js';
import { refuseMisfits } from '../options/refuse-misfits.js';
import { timeoutOf } from '../registry/close-time.js';
import type { RegistryCloseReport } from '../registry/registry-close-report.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import { HookList } from './hook-list.js';
import {
  managerOptionTable,
  shutdownHookOptionTable,
  startupHookOptionTable,
  type CheckedManagerOptions,
} from './manager-options.table.js';
import type {
  Hook,
  ManagerPhase,
  ResourceManagerOptions,
  ShutdownHookOptions,
  ShutdownReport,
  StartupHookOptions,
  WatchingMonitor,
} from './manager-types.js';
import { shutdownReport } from './shutdown-report.js';

/** What is left for the end when everything before it has used up the time: a tenth of it. */
const RESERVED_SHARE = 0.1;
const MONITOR_STOP_TIMEOUT = 5_000;

/** Whose shutdown runs here: what the shutdown waits for must not wait for the shutdown. */
const ending = new AsyncLocalStorage<ResourceManager>();
let endingNow = 0;

/**
 * When things happen: the phases of an application, and nothing else. What exists is the registry's business, in which order
 * the graph's.
 *
 *     created ─► initializing ─► initialized ─► ready ─► draining ─► stopping ─► stopped
 *                     └── a failed start, or a signal meanwhile ──────┘
 *
 * Invariants: each phase is entered once, also when it is asked for twice or from within; `shutdown()` goes through those
 * that are left, ends in time, and never rejects.
 */
export class ResourceManager {
  readonly registry: ResourceRegistry;
  readonly events: ResourceEvents;
  private readonly monitor: WatchingMonitor | undefined;
  private readonly clock: Clock;
  private readonly options: CheckedManagerOptions;
  private readonly startupHooks: HookList;
  private readonly shutdownHooks: HookList;
  private readonly givingUp = new AbortController();
  private current: ManagerPhase = 'created';
  private starting: Promise<void> | undefined = undefined;
  private initialized: Promise<void> | undefined = undefined;
  private settled: Promise<void> | undefined = undefined;
  private ended: Promise<void> | undefined = undefined;
  private unsettled: readonly string[] = [];
  private drainingSince: number | undefined = undefined;
  private wasReady = false;
  private timeout: number;
  private ownReport: ShutdownReport | undefined = undefined;

  /** @throws {OptionsError} naming everything that is wrong with the options */
  constructor(options: ResourceManagerOptions) {
    const { registry, monitor, events = registry?.events, clock = systemClock, ...given } = options ?? {};
    refuseMisfits('ResourceManager', {
      registry: [registry, 'a ResourceRegistry', 'started'],
      ...(monitor !== undefined && { monitor: [monitor, 'a ResourceMonitor', 'stop'] }),
      ...(registry && { events: [events, 'a ResourceEvents', 'publish'] }),
      clock: [clock, 'a Clock', 'schedule'],
    });
    this.options = checkOptions<CheckedManagerOptions>(managerOptionTable, given, { subject: 'ResourceManager' });
    this.registry = registry;
    this.events = events;
    this.monitor = monitor;
    this.clock = clock;
    this.timeout = this.options.shutdown.timeout;
    this.startupHooks = new HookList(startupHookOptionTable, clock, events);
    this.shutdownHooks = new HookList(shutdownHookOptionTable, clock, events);
  }

  get phase(): ManagerPhase {
    return this.current;
  }

  /** Whether requests should be sent here. */
  get isReady(): boolean {
    return this.current === 'ready';
  }

  /** How the end went; `undefined` before it. */
  get report(): ShutdownReport | undefined {
    return this.ownReport;
  }

  /**
   * Runs `hook` when all resources run, in the order of adding. One that fails, fails the start, unless tolerated.
   *
   * @throws {ResourceError} HOOK_TOO_LATE once the hooks have run
   */
  addStartupHook(hook: Hook, options: StartupHookOptions = {}): void {
    if (this.current !== 'created' && this.current !== 'initializing') throw tooLate('startup', this.current);
    this.startupHooks.add(hook, options);
  }

  /**
   * Runs `hook` before the resources close, in the reverse order of adding, also after a failed start.
   *
   * @throws {ResourceError} HOOK_TOO_LATE once the hooks have begun
   */
  addShutdownHook(hook: Hook, options: ShutdownHookOptions = {}): void {
    if (this.current === 'stopping' || this.current === 'stopped') throw tooLate('shutdown', this.current);
    this.shutdownHooks.add(hook, options);
  }

  /**
   * The monitor begins to watch, the resources start, then the startup hooks run. When something fails, everything is shut
   * down again before this rejects. A second call joins the first.
   *
   * @throws {ResourceStartError} when something critical does not start
   * @throws {StartupHookError}
   * @throws {OptionsError} when the resources cannot be put in order
   */
  initialize(): Promise<void> {
    if (this.initialized) return this.initialized;
    if (this.current !== 'created') return Promise.reject(this.stopReason());
    this.current = 'initializing';
    this.starting = Promise.resolve().then(() => this.bringUp());
    this.initialized = this.starting.catch(async (error: unknown) => {
      await this.shutdown();
      throw error;
    });
    return this.initialized;
  }

  /** Everything runs: requests may come. Nothing happens if the end has begun meanwhile. */
  ready(): void {
    if (this.current !== 'initialized') return;
    this.current = 'ready';
    this.tell({ type: 'application.ready' });
  }

  /** The end begins: requests are still served, but none should be sent. A start that is on its way is given up. */
  quiesce(): void {
    if (this.drainingSince !== undefined) return;
    this.drainingSince = this.clock.now();
    this.wasReady = this.isReady;
    this.current = 'draining';
    this.tell({ type: 'application.draining' });
    this.givingUp.abort(this.stopReason());
    this.registry.quiesce();
  }

  /** Waits as long as requests may still be sent here, and for the work that tasks had begun. */
  settle(): Promise<void> {
    this.quiesce();
    this.settled ??= this.waitForWork();
    return this.settled;
  }

  /**
   * Ends everything within the shutdown timeout, which counts from `quiesce()`. Never rejects; a second call joins the first,
   * and one from within what the shutdown waits for returns at once. How it went is in {@link report}.
   */
  shutdown(options: { timeout?: number } = {}): Promise<void> {
    if (ending.getStore() === this) return Promise.resolve();
    this.registry.noteCaller();
    if (!this.ended) this.timeout = timeoutOf(options, 0) || this.timeout;
    this.ended ??= Promise.resolve().then(() => this.end());
    return this.ended;
  }

  private async bringUp(): Promise<void> {
    const { signal } = this.givingUp;
    this.monitor?.start();
    const { startTimeout, shutdown } = this.options;
    await this.registry.start({ signal, timeout: startTimeout, closeTimeout: shutdown.timeout });
    await this.startupHooks.runFirstInFirstOut(signal);
    signal.throwIfAborted();
    this.current = 'initialized';
    this.tell({ type: 'application.initialized' });
  }

  private async end(): Promise<void> {
    endingNow++;
    try {
      await ending.run(this, () => this.takeDown());
    } finally {
      // Before Node 24 one that is in use makes every promise of the process dearer.
      if (--endingNow === 0) ending.disable();
    }
  }

  private async takeDown(): Promise<void> {
    this.quiesce();
    await this.starting?.catch(() => undefined);
    await this.settle();
    this.current = 'stopping';
    // At most half of what is left, so that the resources have the other half.
    const hookErrors = await this.shutdownHooks.runLastInFirstOut(this.left / 2);
    const registry = await this.registry.close({ timeout: this.left });
    await this.stopMonitor();
    this.finish(hookErrors, registry);
  }

  private async waitForWork(): Promise<void> {
    const { readinessDelay } = this.options.shutdown;
    // Whoever was never ready has never been sent a request.
    if (this.wasReady && readinessDelay > 0) await pause(this.clock, Math.min(readinessDelay, this.left));
    this.unsettled = await this.registry.settle({ timeout: this.left / 2 });
  }

  private async stopMonitor(): Promise<void> {
    const what = 'Stopping the monitor';
    const timeout = Math.min(MONITOR_STOP_TIMEOUT, this.left);
    await attempt(() => this.monitor?.stop(), { clock: this.clock, what, timeout, hold: true });
  }

  private finish(hookErrors: ShutdownReport['hookErrors'], registry: RegistryCloseReport): void {
    const duration = this.sinceDraining;
    this.ownReport = shutdownReport({ duration, hookErrors, unsettled: this.unsettled, registry });
    this.current = 'stopped';
    const { clean, summary } = this.ownReport;
    this.tell({ type: 'application.stopped', clean, duration, summary });
  }

  /** Milliseconds until the shutdown should have ended, and never less than what is reserved. */
  private get left(): number {
    return Math.max(this.timeout - this.sinceDraining, this.timeout * RESERVED_SHARE);
  }

  private get sinceDraining(): number {
    return this.drainingSince === undefined ? 0 : this.clock.now() - this.drainingSince;
  }

  private tell(event: ApplicationEvent): void {
    this.events.publish({}, event);
  }

  private stopReason(): ResourceError {
    return new ResourceError('The start was given up: the application has been told to stop.', {
      code: 'APPLICATION_STOPPING',
    });
  }
}

function tooLate(kind: 'startup' | 'shutdown', phase: ManagerPhase): ResourceError {
  return new ResourceError(
    `A ${kind} hook was added while the application is ${phase}: it would never run. Add it earlier.`,
    { code: 'HOOK_TOO_LATE' },
  );
}
