/** The checked options of the module. */
export const MONITORING_OPTIONS = 'RESOURCE_MONITORING_OPTIONS';
