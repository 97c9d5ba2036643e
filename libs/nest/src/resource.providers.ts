import {
  ResourceEvents,
  ResourceManager,
  ResourceMonitor,
  ResourceRegistry,
  systemClock,
} from '@nestjs-resources/core';
import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';

import { CircuitBreakerService } from './circuit-breaker.service.js';
import { GuardedCalls } from './guard/guarded-calls.js';
import { LazyLoads } from './lazy-loads.js';
import { LateInstances } from './late-instances.js';
import { instancesOf, namedProviders, registerInstances, sharedProviders } from './named.providers.js';
import { PoolService } from './pool.service.js';
import { ResourceBlueprint } from './resource.blueprint.js';
import { ResourceExplorer } from './resource.explorer.js';
import { ResourceFactory } from './resource.factory.js';
import { ResourceHealthIndicator } from './resource.health.js';
import { ResourceLifecycle } from './resource.lifecycle.js';
import { ResourceLog } from './resource.log.js';
import { ResourceEventStream } from './resource-event-stream.js';
import { ResourceMetadataAccessor } from './resource-metadata.accessor.js';
import type { ResourceNames, ResourceOptions } from './resource-options.interface.js';
import {
  DECLARED_NAMES,
  GUARDED_CALLS,
  LATE_INSTANCES,
  RESOURCE_MODULE_OPTIONS,
  ROOT_FACTORY,
} from './resource.tokens.js';

/** Injectable everywhere, whatever is global. */
export const PUBLIC_SERVICES: InjectionToken[] = [
  ResourceRegistry,
  ResourceMonitor,
  ResourceManager,
  ResourceEvents,
  ResourceEventStream,
  ResourceHealthIndicator,
  PoolService,
  CircuitBreakerService,
];

/** What features and guarded methods of other modules depend on. */
export const SHARED_INTERNALS: InjectionToken[] = [GUARDED_CALLS, LATE_INSTANCES, ResourceBlueprint, ROOT_FACTORY];

/** What the core module provides for the names of the root. */
export function createCoreProviders(names: ResourceNames): Provider[] {
  return [
    { provide: DECLARED_NAMES, useValue: names },
    ...namedProviders(names, RESOURCE_MODULE_OPTIONS),
    ...sharedProviders(names),
    eventsProvider,
    registryProvider(names),
    monitorProvider,
    managerProvider,
    guardedCallsProvider,
    { provide: LATE_INSTANCES, useClass: LateInstances },
    ResourceFactory,
    { provide: ROOT_FACTORY, useExisting: ResourceFactory },
    ResourceMetadataAccessor,
    ResourceBlueprint,
    PoolService,
    CircuitBreakerService,
    ResourceEventStream,
    ResourceHealthIndicator,
    LazyLoads,
    ResourceLog,
    ResourceExplorer,
    ResourceLifecycle,
  ];
}

const eventsProvider: FactoryProvider<ResourceEvents> = {
  provide: ResourceEvents,
  inject: [RESOURCE_MODULE_OPTIONS, ResourceBlueprint],
  useFactory: ({ clock = systemClock, events }: ResourceOptions) => new ResourceEvents({ clock, ...events }),
};

/** Whoever injects the registry finds everything of the root in it. */
function registryProvider(names: ResourceNames): FactoryProvider<ResourceRegistry> {
  return {
    provide: ResourceRegistry,
    inject: [
      RESOURCE_MODULE_OPTIONS,
      ResourceEvents,
      ResourceFactory,
      ResourceBlueprint,
      ...instancesOf(names).map(({ token }) => token),
    ],
    useFactory: (
      { clock = systemClock, registration }: ResourceOptions,
      events: ResourceEvents,
      factory: ResourceFactory,
      { decorated }: ResourceBlueprint,
      ...instances: object[]
    ) => {
      const registry = new ResourceRegistry({ events, clock });
      registerInstances(registry, names, instances, registration);
      for (const [name, rule] of decorated) registry.register(name, factory.createBreaker(name, rule));
      return registry;
    },
  };
}

const monitorProvider: FactoryProvider<ResourceMonitor> = {
  provide: ResourceMonitor,
  inject: [RESOURCE_MODULE_OPTIONS, ResourceRegistry],
  useFactory: ({ clock = systemClock, monitor }: ResourceOptions, registry: ResourceRegistry) =>
    new ResourceMonitor(registry, { ...monitor, events: registry.events, clock }),
};

const managerProvider: FactoryProvider<ResourceManager> = {
  provide: ResourceManager,
  inject: [RESOURCE_MODULE_OPTIONS, ResourceRegistry, ResourceMonitor],
  useFactory: (options: ResourceOptions, registry: ResourceRegistry, monitor: ResourceMonitor) => {
    const { clock = systemClock, startTimeout, shutdown = {} } = options;
    return new ResourceManager({
      registry,
      monitor,
      clock,
      shutdown,
      ...(startTimeout !== undefined && { startTimeout }),
    });
  },
};

const guardedCallsProvider: FactoryProvider<GuardedCalls> = {
  provide: GUARDED_CALLS,
  inject: [RESOURCE_MODULE_OPTIONS, CircuitBreakerService],
  useFactory: ({ clock = systemClock }: ResourceOptions, breakers: CircuitBreakerService) =>
    new GuardedCalls(({ name, rule }) => (rule ? breakers.getOrCreate(name, rule) : breakers.get(name)), clock),
};
