/**
 * Paths of the probes, for a global prefix that must not move them.
 *
 * @example
 * app.setGlobalPrefix('api', { exclude: PROBE_ROUTES });
 */
export const PROBE_ROUTES: string[] = ['livez', 'readyz', 'startupz'];
