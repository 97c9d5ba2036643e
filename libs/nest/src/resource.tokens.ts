/** What a pool is injected by. A text, so that two copies of this package still mean the same. */
export function getPoolToken(name: string): string {
  return `ResourcePool_${name}`;
}

/** What a circuit breaker is injected by. */
export function getCircuitBreakerToken(name: string): string {
  return `ResourceCircuitBreaker_${name}`;
}

/** What a resource of any kind is injected by: pools and circuit breakers too. */
export function getResourceToken(name: string): string {
  return `Resource_${name}`;
}

/**
 * What the core module exports beside each public token, and what {@link ResourceModule.forFeature} aliases. An alias
 * cannot point to the token it is itself provided by. Nest quotes it when the root does not declare the name.
 *
 * @internal
 */
export function getSharedToken(token: string): string {
  return `${token} (to be declared by ResourceModule.forRoot)`;
}

/**
 * What guarded methods reach their application's breakers by. Nest quotes it when ResourceModule is missing, so it says
 * the remedy.
 *
 * @internal
 */
export const GUARDED_CALLS =
  'ResourceModule, needed by @CircuitBreaker: import ResourceModule.forRoot() in your root module';

/**
 * What a feature makes its resources with. Nest quotes it when there is no root, so it says the remedy too.
 *
 * @internal
 */
export const ROOT_FACTORY = 'ResourceModule, needed by forFeature: import ResourceModule.forRoot() in your root module';

/** Where instances of lazily loaded modules report. @internal */
export const LATE_INSTANCES = 'RESOURCE_LATE_INSTANCES';

/** Names promised by `forRootAsync`, before the options exist. @internal */
export const DECLARED_NAMES = 'RESOURCE_DECLARED_NAMES';

/** What one `forFeature` declares. @internal */
export const FEATURE_DECLARATION = 'RESOURCE_FEATURE_DECLARATION';

/** The options given to `forRoot`, or delivered to `forRootAsync`. @internal */
export const RESOURCE_MODULE_OPTIONS = 'RESOURCE_MODULE_OPTIONS';
