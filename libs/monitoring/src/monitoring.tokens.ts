/** The checked options of the module. */
export const MONITORING_OPTIONS = 'RESOURCE_MONITORING_OPTIONS';

/** The registry of prom-client that `/metrics` serves; absent unless that route is on. */
export const METRICS_REGISTER = 'RESOURCE_METRICS_REGISTER';
