export { observeResources, type ObserveResourcesOptions } from './observe-resources.js';
export { ResourceOpenTelemetryModule, type ResourceOpenTelemetryOptions } from './resource-opentelemetry.module.js';
