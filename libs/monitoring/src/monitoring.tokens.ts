/** The checked options of the module. */
export const MONITORING_OPTIONS = 'RESOURCE_MONITORING_OPTIONS';

/** The registry of prom-client that `/metrics` serves; absent unless that route is on. */
export const METRICS_REGISTER = 'RESOURCE_METRICS_REGISTER';
/** The paths of one importing of the module, and the methods of each. */
export const MONITORING_ROUTES = 'RESOURCE_MONITORING_ROUTES';
