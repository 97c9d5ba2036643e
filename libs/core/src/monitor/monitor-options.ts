import type { Clock } from '../clock/clock.js';
import type { ResourceEvents } from '../events/resource-events.js';

/** Who belongs to a group: names, all critical ones, or everything. */
export type GroupMembers = readonly string[] | 'critical' | 'all';

export interface HistoryOptions {
  /** Samples kept per resource. @default 360 */
  readonly size?: number;
  /** Milliseconds between two samples. @default 10_000 */
  readonly interval?: number;
  /** Bytes that all histories together may take; a resource that finds no room is watched without one. @default 33_554_432 */
  readonly memory?: number;
}

/** Everything has a default. Durations are milliseconds. */
export interface ResourceMonitorOptions {
  /** Between two checks of a healthy resource, at least 1 000. @default 10_000 */
  readonly interval?: number;
  /** Between two checks of a resource that is not healthy, at least 1 000. @default 3_000 */
  readonly downInterval?: number;
  /** Share by which each interval varies, so that checks spread, 0 to 0.5. @default 0.2 */
  readonly jitter?: number;
  /** How long a check may take; its signal is aborted then. @default 2_000 */
  readonly timeout?: number;
  /** Checks at the same time. @default 8 */
  readonly concurrency?: number;
  /** Worse results in a row until it is published. @default 3 */
  readonly failureThreshold?: number;
  /** Better results in a row until it is published. @default 2 */
  readonly successThreshold?: number;
  readonly history?: HistoryOptions;
  /**
   * `live`, `ready`, `startup` and your own. A name that is neither a resource nor a check stops the start.
   * @default { live: [], ready: 'critical', startup: 'critical' }
   */
  readonly groups?: Readonly<Record<string, GroupMembers>>;
  /** Whether there is an entry `system` for the process and its machine. @default true */
  readonly system?: boolean;
  /** Where `health.changed` and `health.flapping` are published. @default those of the registry */
  readonly events?: ResourceEvents;
  readonly clock?: Clock;
  /** For tests. @default Math.random */
  readonly random?: () => number;
}

/** The options after the check, with defaults. */
export interface CheckedMonitorOptions {
  readonly interval: number;
  readonly downInterval: number;
  readonly jitter: number;
  readonly timeout: number;
  readonly concurrency: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly history: { readonly size: number; readonly interval: number; readonly memory: number };
  readonly groups: Readonly<Record<string, GroupMembers>>;
  readonly system: boolean;
  readonly events?: ResourceEvents;
  readonly clock: Clock;
  readonly random: () => number;
}
