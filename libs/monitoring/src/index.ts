export { ResourceMonitoringModule } from './resource-monitoring.module.js';
export type { MonitoringGuard, MonitoringRoutes, ResourceMonitoringOptions } from './monitoring-options.js';
export { monitoringOptionTable } from './monitoring-options.table.js';
export { PROBE_ROUTES } from './probes/probe-routes.js';
export type { ProbeAnswer, ProbeStatus } from './probes/probe-answer.js';
