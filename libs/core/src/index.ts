export * from './clock/clock.js';
export { inCleanContext } from './clock/clean-context.js';
export { repeat, type RepeatOptions } from './clock/repeat.js';
export { SystemClock, systemClock } from './clock/system-clock.js';
export { ManualClock } from './clock/manual-clock.js';

export * from './errors/resource.error.js';
export { errorText } from './errors/error-text.js';
export { redact, redactText } from './errors/redact.js';
export { suppressedError } from './errors/suppressed.js';

export * from './options/option-spec.js';
export * from './options/options.error.js';
export * from './options/standard-schema.js';
export { describeOptions, type OptionDescription } from './options/describe-options.js';
export { checkOptions, findProblems, type CheckOptionsContext } from './options/check-options.js';
export { refuseMisfits, refuseNonFunction } from './options/refuse-misfits.js';
export { refuseNonObject } from './options/refuse-non-object.js';

export * from './resource/close-report.js';
export * from './resource/health.js';
export * from './resource/metrics.js';
export * from './resource/resource.js';
export { Listeners } from './resource/listeners.js';

export * from './metrics/histogram.js';

export * from './waiting/permits.js';
export { Semaphore } from './waiting/semaphore.js';
export { WaitingLine, type WaitOptions } from './waiting/waiting-line.js';

export { attempt, type AttemptContext, type AttemptOptions } from './call/attempt.js';
export * from './call/outcome.js';
export * from './call/policy.js';
export * from './call/call-timeout.error.js';
export { backoffDelay, type BackoffOptions } from './call/backoff.js';

export { ConnectionPool } from './pool/connection-pool.js';
export type { EvictOptions, EvictTarget } from './pool/eviction.js';
export type { PoolCloseOptions, PoolDrainOptions } from './pool/closing.js';
export type { Lease } from './pool/lease.js';
export * from './pool/pool-definition.js';
export * from './pool/pool-event.js';
export * from './pool/pool-metrics.js';
export * from './pool/pool-options.js';
export { checkPoolOptions, poolOptionTable, type CheckedPoolOptions } from './pool/pool-options.table.js';
export * from './pool/pool-state.js';
export {
  PoolClosedError,
  PoolDrainingError,
  PoolLeaseEndedError,
  PoolQueueFullError,
  PoolTimeoutError,
  ResourceCreateError,
} from './pool/pool.errors.js';
export type { CreationBreaker } from './pool/creation-gate.js';

export { BackgroundTask } from './task/background-task.js';
export type { TaskEvent } from './task/task-event.js';
export * from './task/task-metrics.js';
export type { BackgroundTaskOptions } from './task/task-options.js';
export { backgroundTaskOptionTable } from './task/task-options.table.js';

export { ResourceEvents, resourceEventsOptionTable, type ResourceEventsOptions } from './events/resource-events.js';
export * from './events/event-record.js';
export type { EventFilter, EventPattern, KnownEventPattern } from './events/event-filter.js';
export type * from './events/known-events.js';
export type { EventIterator } from './events/event-iterator.js';

export { ResourceRegistry } from './registry/resource-registry.js';
export type { RegistryStartOptions } from './registry/start-all.js';
export type { RegisterOptions, ResourceRegistryOptions } from './registry/registry-options.js';
export * from './registry/registered-resource.js';
export * from './registry/registry-close-report.js';
export * from './registry/registry-closed.error.js';
export * from './registry/resource-exists.error.js';
export * from './registry/resource-in-use.error.js';
export * from './registry/resource-not-found.error.js';
export * from './registry/resource-skipped.error.js';
export * from './registry/resource-start.error.js';

export { ResourceMonitor } from './monitor/resource-monitor.js';
export type { MonitorFigures, ResourceFigures } from './monitor/monitor-figures.js';
export type { MonitorMetrics } from './monitor/monitor-metrics.js';
export type { ResourceTally } from './monitor/event-tally.js';
export type { GroupMembers, HistoryOptions, ResourceMonitorOptions } from './monitor/monitor-options.js';
export { healthCheckOptionTable, monitorOptionTable } from './monitor/monitor-options.table.js';
export type { CheckFailure, HealthAnswer, HealthCheck, HealthCheckOptions } from './monitor/health-check.js';
export type { CheckTally, HealthSummary, ResourceHealthEntry, ResourceType } from './monitor/health-summary.js';
export { resourceTypeOf } from './monitor/health-summary.js';
export type { Overview } from './monitor/health-overview.js';
export type { MetricsFilter } from './monitor/metrics-filter.js';
export type { CheckSnapshot, HistoryEntry, ResourceSnapshot, SnapshotOptions } from './monitor/resource-snapshot.js';
export type { HistoryColumns, HistoryRange } from './monitor/history.js';
export type { FigureWindow, HistoryWindow } from './monitor/history-window.js';
export type { TimingsWindow } from './monitor/recent-timings.js';
export type { HealthTransition } from './monitor/watch.js';
export type { MonitorMemory } from './monitor/watch-list.js';
export * from './monitor/health-check-exists.error.js';
export * from './monitor/health-group.error.js';

export { ResourceManager } from './lifecycle/resource-manager.js';
export * from './lifecycle/manager-types.js';
export { managerOptionTable } from './lifecycle/manager-options.table.js';
export * from './lifecycle/startup-hook.error.js';
export type { ManagedBody, ManagedResource } from './lifecycle/managed-scope.js';
export { managedResource } from './lifecycle/managed-resource.js';
export { managedConnectionPool, type PoolFactory } from './lifecycle/managed-connection-pool.js';
export { managedBackgroundTask, type ManagedTaskOptions } from './lifecycle/managed-background-task.js';
export { BulkheadPolicy, type BulkheadOptions } from './call/bulkhead-policy.js';
export { BulkheadFullError } from './call/bulkhead-full.error.js';
export {
  FallbackPolicy,
  fallbackFor,
  type Fallback,
  type FallbackFunction,
  type FallbackRule,
} from './call/fallback-policy.js';
export { RetryPolicy, type RetryOptions } from './call/retry-policy.js';
export type { RetryBudgetOptions } from './call/retry-budget.js';
export { TimeoutPolicy, type TimeoutOptions } from './call/timeout-policy.js';
export type { PolicySetting } from './call/policy-setting.js';

export { CircuitBreaker, type ExecuteOptions } from './breaker/circuit-breaker.js';
export { CircuitBreakerOpenError } from './breaker/circuit-breaker-open.error.js';
export * from './breaker/circuit-state.js';
export type * from './breaker/breaker-event.js';
export type { BreakerMetrics } from './breaker/breaker-metrics.js';
export type { SetModeOptions } from './breaker/breaker-mode.js';
export type { CircuitBreakerOptions, HalfOpenOptions, OutcomeOptions, TripOptions } from './breaker/breaker-options.js';
export { circuitBreakerOptionTable } from './breaker/breaker-options.table.js';
export type { BreakerSnapshot } from './breaker/breaker-snapshot.js';
export type { CustomRule, TripReason } from './breaker/trip-rule.js';
export type { ChangeReason } from './breaker/circuit-watcher.js';
