import type { Clock } from '../clock/clock.js';
import type { ResourceEvents } from '../events/resource-events.js';
import type { RegistryCloseReport } from '../registry/registry-close-report.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';

/** Where the application is in its life; each is entered once. */
export type ManagerPhase = 'created' | 'initializing' | 'initialized' | 'ready' | 'draining' | 'stopping' | 'stopped';

/** What watches the resources while they live. */
export interface WatchingMonitor {
  start(): void;
  stop(): Promise<void>;
}

export interface ResourceManagerOptions {
  readonly registry: ResourceRegistry;
  readonly monitor?: WatchingMonitor;
  /** Where the phases are told. @default those of the registry */
  readonly events?: ResourceEvents;
  /** Milliseconds for the start of all resources; hooks have timeouts of their own. @default 120_000 */
  readonly startTimeout?: number;
  readonly shutdown?: {
    /** Milliseconds from the first of `quiesce()` and `shutdown()` until everything has ended. @default 25_000 */
    readonly timeout?: number;
    /** Milliseconds for which requests are still served while readiness is already false. @default 0 */
    readonly readinessDelay?: number;
  };
  /** @default systemClock */
  readonly clock?: Clock;
}

/** What a hook is given. */
export interface HookContext {
  /** Aborted when its time is over, or the application shuts down. */
  readonly signal: AbortSignal;
}

export type Hook = (context: HookContext) => void | Promise<void>;

export interface StartupHookOptions {
  /** How messages name it. @default the function's name */
  readonly name?: string;
  /** Milliseconds. @default 30_000 */
  readonly timeout?: number;
  /** Report a failure instead of failing the start. @default false */
  readonly tolerate?: boolean;
}

export interface ShutdownHookOptions {
  /** How messages name it. @default the function's name */
  readonly name?: string;
  /** Milliseconds. @default 10_000 */
  readonly timeout?: number;
}

/** How the end went. */
export interface ShutdownReport {
  /** True when every hook, task and resource ended in time and without an error. */
  readonly clean: boolean;
  /** Milliseconds from the first of `quiesce()` and `shutdown()` to the end. */
  readonly duration: number;
  readonly hookErrors: readonly { readonly name: string; readonly error: unknown }[];
  /** Names of resources whose own work had not ended when it should have. */
  readonly unsettled: readonly string[];
  readonly registry: RegistryCloseReport;
  /** All of it in one line, without secrets: for the log. */
  readonly summary: string;
}
