import type { CanActivate, DynamicModule, ForwardReference, Type } from '@nestjs/common';

import type { AdminOptions, CheckedAdminOptions } from './admin/admin-options.js';

/** Who may ask: a guard class, whose dependencies come from `imports` or global modules, or a guard. */
export type MonitoringGuard = Type<CanActivate> | CanActivate;

/** Which routes exist. */
export interface MonitoringRoutes {
  /** `GET /livez`. @default true */
  readonly livez?: boolean;
  /** `GET /readyz`. @default true */
  readonly readyz?: boolean;
  /** `GET /startupz`. @default true */
  readonly startupz?: boolean;
  /** `GET {path}/resources` and below it, `{path}/health` and `{path}/report`. @default true if there are guards */
  readonly resources?: boolean;
  /** `GET {path}/events` and `GET {path}/stream`. @default true if there are guards */
  readonly events?: boolean;
  /** `GET /metrics`, for Prometheus, outside `path`; needs `prom-client`. @default false */
  readonly metrics?: boolean;
  /** `GET /health`, outside `path`. Off, because applications have a Terminus controller there. @default false */
  readonly health?: boolean;
}

/** What is served of a registry of prom-client. Said here in our words, so that prom-client stays optional. */
export interface MetricsRegister {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface MetricsOptions {
  /** A `Registry` of prom-client, which is served whole. @default prom-client's own `register` */
  readonly register?: MetricsRegister;
  /** Begins every name of ours. @default 'resource' */
  readonly prefix?: string;
}

export interface ResourceMonitoringOptions {
  /** Where everything but the probes is, below the global prefix. @default 'management' */
  readonly path?: string;
  readonly routes?: MonitoringRoutes;
  /** Asked before everything but the probes. */
  readonly guards?: readonly MonitoringGuard[];
  /** Expose what is switched on to everybody, without a guard. @default false */
  readonly insecure?: boolean;
  /**
   * Put above the probes' controllers, for example what your own global guard takes as the sign to let everybody in:
   * `[Public()]`. @default []
   */
  readonly probeDecorators?: readonly ClassDecorator[];
  /**
   * Who sees the resources behind a probe when asking with `?verbose`. `always` is everybody, and needs `insecure`.
   * @default 'when-authorized'
   */
  readonly details?: 'never' | 'when-authorized' | 'always';
  /**
   * Whether every response of the application says `X-Resource-Health`, `X-Resource-Count` and `X-Request-Duration`.
   * @default false
   */
  readonly headers?: boolean;
  /**
   * Milliseconds by which the event loop may be late, in three measurements of the monitor in a row, before `/livez` says that
   * the process should be restarted. `Infinity`: it never says so. @default 5_000
   */
  readonly maxEventLoopDelay?: number;
  /** Clients that may listen to `{path}/stream` at the same time. @default 20 */
  readonly streams?: number;
  /** How `/metrics` is made. */
  readonly metrics?: MetricsOptions;
  /** Routes that change what runs. Off unless given. */
  readonly admin?: AdminOptions;
  /** Modules that export what the guards need. */
  readonly imports?: readonly (Type | DynamicModule | Promise<DynamicModule> | ForwardReference)[];
}

/** The options after the check, with defaults. */
export interface CheckedMonitoringOptions {
  readonly path: string;
  /** What is absent follows from the guards. */
  readonly routes: MonitoringRoutes;
  readonly guards: readonly MonitoringGuard[];
  readonly insecure: boolean;
  readonly probeDecorators: readonly ClassDecorator[];
  readonly details: 'never' | 'when-authorized' | 'always';
  readonly headers: boolean;
  readonly maxEventLoopDelay: number;
  readonly streams: number;
  readonly metrics: MetricsOptions;
  readonly admin?: CheckedAdminOptions;
  readonly imports: NonNullable<ResourceMonitoringOptions['imports']>;
}
