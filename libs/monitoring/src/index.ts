export { ResourceMonitoringModule } from './resource-monitoring.module.js';
export type {
  MetricsOptions,
  MetricsRegister,
  MonitoringGuard,
  MonitoringRoutes,
  ResourceMonitoringOptions,
} from './monitoring-options.js';
export { monitoringOptionTable } from './monitoring-options.table.js';
export { PROBE_ROUTES } from './probes/probe-routes.js';
export type { ProbeBody, ProbeStatus } from './probes/probe-answer.js';
export type { EventPage } from './events/events.controller.js';
export type { Problem } from './http/problem.js';
export type { AdminOptions } from './admin/admin-options.js';
export type { Report } from './resources/report.js';
