export { registerResourceMetrics, type ResourceMetricsOptions } from './register-resource-metrics.js';
export { ResourcePrometheusModule } from './resource-prometheus.module.js';
