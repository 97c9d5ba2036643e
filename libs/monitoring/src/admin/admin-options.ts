import type { MonitoringGuard } from '../monitoring-options.js';

/** Who may change what runs. Without these options there are no such routes. */
export interface AdminOptions {
  /** Asked before every action; those that guard reading are not enough. */
  readonly guards?: readonly MonitoringGuard[];
  /** Milliseconds after which an override ends by itself unless the request says otherwise. @default 900_000 */
  readonly ttl?: number;
  /** Origins of pages that may act besides the application's own, e.g. `https://ops.example.com`. @default [] */
  readonly origins?: readonly string[];
  /** Names the person in the audit event. @default `request.user`, or the address of the client */
  readonly who?: (request: unknown) => string;
}

/** The options after the check, with defaults. */
export interface CheckedAdminOptions {
  readonly guards: readonly MonitoringGuard[];
  readonly ttl: number;
  readonly origins: readonly string[];
  readonly who?: (request: unknown) => string;
}
