export * from '@nestjs-resources/core';

export { ResourceModule } from './resource.module.js';
export type {
  AnyPoolDefinition,
  FactoryToken,
  Injected,
  ResourceDeclarations,
  ResourceDefaults,
  ResourceFeatureOptions,
  ResourceModuleAsyncOptions,
  ResourceModuleOptions,
  ResourceNames,
  ResourceOptions,
  ResourceOptionsFactory,
  ShutdownOptions,
} from './resource-options.interface.js';
export { featureOptionTable, resourceOptionTable } from './resource-options.table.js';
export { getCircuitBreakerToken, getPoolToken, getResourceToken } from './resource.tokens.js';

export {
  CircuitBreaker,
  type CircuitBreakerDeclaration,
  type CircuitBreakerDecorator,
} from './decorators/circuit-breaker.decorator.js';
export { InjectCircuitBreaker } from './decorators/inject-circuit-breaker.decorator.js';
export { InjectPool } from './decorators/inject-pool.decorator.js';
export { InjectResource } from './decorators/inject-resource.decorator.js';
export { ManagedTask, type ManagedTaskOptions } from './decorators/managed-task.decorator.js';
export { OnResourceEvent } from './decorators/on-resource-event.decorator.js';
export { ResourceHealthCheck } from './decorators/resource-health-check.decorator.js';
export type {
  MethodFallback,
  MethodFallbackFunction,
  MethodFallbackRule,
  MethodFallbackTarget,
} from './guard/fallback.js';
export type { BreakerRule, CircuitBreakerUse } from './guard/guard.js';

export { CircuitBreakerService } from './circuit-breaker.service.js';
export { PoolService } from './pool.service.js';
export { ResourceEventStream } from './resource-event-stream.js';
export { type HealthIndicatorAnswer, ResourceHealthIndicator } from './resource.health.js';
export { ResourceExceptionFilter, type ResourceUnavailable } from './resource-exception.filter.js';
export { drainHttpServer, type DrainHttpServerOptions } from './drain-http-server.js';
