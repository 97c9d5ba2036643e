import { describe, expect, it } from '@jest/globals';

import * as core from '@nestjs-resources/core';
import * as monitoring from '@nestjs-resources/monitoring';
import * as nest from '@nestjs-resources/nest';
import * as testing from '@nestjs-resources/testing';
import * as typeorm from '@nestjs-resources/typeorm';

/** The names that users type. One that goes missing breaks somebody's build: a major version. */
const NAMES = {
  core: [
    'ConnectionPool',
    'definePool',
    'CircuitBreaker',
    'ResourceRegistry',
    'BackgroundTask',
    'ResourceMonitor',
    'ResourceManager',
    'ResourceEvents',
    'managedResource',
    'managedConnectionPool',
    'managedBackgroundTask',
    'ResourceHealth',
    'PoolState',
    'CircuitState',
    'ManualClock',
    'systemClock',
    'ResourceError',
    'OptionsError',
    'ResourceNotFoundError',
    'ResourceExistsError',
    'ResourceStartError',
    'RegistryClosedError',
    'PoolTimeoutError',
    'PoolQueueFullError',
    'PoolClosedError',
    'PoolDrainingError',
    'ResourceCreateError',
    'CircuitBreakerOpenError',
    'CallTimeoutError',
    'BulkheadFullError',
  ],
  nest: [
    'ResourceModule',
    'PoolService',
    'CircuitBreakerService',
    'ResourceEventStream',
    'InjectPool',
    'InjectCircuitBreaker',
    'InjectResource',
    'ManagedTask',
    'ResourceHealthCheck',
    'OnResourceEvent',
    'CircuitBreaker',
    'ResourceExceptionFilter',
    'getPoolToken',
    'getCircuitBreakerToken',
    'getResourceToken',
    'ResourceHealthIndicator',
    'drainHttpServer',
  ],
  typeorm: [
    'TypeOrmResourceModule',
    'SessionFactory',
    'Session',
    'OperationGroup',
    'PooledDataSourceFactory',
    'pooledSession',
    'pooledTypeOrm',
    'InjectSession',
    'Transactional',
    'SessionClosedError',
    'TransactionAbortedError',
    'ConnectionLostError',
  ],
  monitoring: ['ResourceMonitoringModule', 'PROBE_ROUTES'],
  testing: ['FakePool', 'overridePool', 'ManualClock'],
};

/** The verbs of the classes that users hold. */
const VERBS: [owner: { prototype: object }, verbs: string[]][] = [
  [
    core.ConnectionPool,
    [
      'start',
      'acquire',
      'tryAcquire',
      'use',
      'release',
      'resize',
      'evict',
      'suspend',
      'resume',
      'drain',
      'close',
      'getMetrics',
      'check',
    ],
  ],
  [core.CircuitBreaker, ['execute', 'executeSync', 'setMode', 'reset', 'getMetrics', 'toJSON', 'check']],
  [core.ResourceRegistry, ['register', 'get', 'has', 'unregister', 'list', 'getMetrics', 'start', 'close']],
  [core.BackgroundTask, ['start', 'stop']],
  [
    core.ResourceMonitor,
    ['start', 'stop', 'getMetrics', 'getHealthSummary', 'getResourceHealth', 'registerHealthCheck'],
  ],
  [core.ResourceManager, ['initialize', 'addStartupHook', 'addShutdownHook', 'shutdown']],
  [core.ResourceEvents, ['subscribe', 'since']],
  [nest.PoolService, ['get', 'create', 'has', 'list', 'remove', 'use']],
  [nest.CircuitBreakerService, ['get', 'create', 'getOrCreate', 'has', 'list', 'remove', 'execute']],
  [nest.ResourceHealthIndicator, ['check', 'checkGroup', 'ping']],
  [typeorm.SessionFactory, ['open', 'run', 'transaction', 'group']],
  [typeorm.Session, ['getRepository', 'query', 'stream', 'transaction', 'cancel']],
  [typeorm.OperationGroup, ['createSession', 'runInTransaction', 'runOperation', 'runConcurrently', 'atomic']],
  [typeorm.PooledDataSourceFactory, ['createPool', 'createDatabasePools', 'createSessionFactory']],
];

describe('the names that users type', () => {
  const libs: Record<string, object> = { core, nest, typeorm, monitoring, testing };

  it.each(Object.entries(NAMES))('are all exported by %s', (lib, names) => {
    expect(names.filter((name) => !(name in (libs[lib] ?? {})))).toEqual([]);
  });

  it('are all exported by nest too where core has them, so that an application imports from one place', () => {
    expect(NAMES.core.filter((name) => !(name in nest))).toEqual([]);
  });

  it.each(VERBS)('include the verbs of %p', (owner, verbs) => {
    expect(verbs.filter((verb) => !(verb in owner.prototype))).toEqual([]);
  });
});
