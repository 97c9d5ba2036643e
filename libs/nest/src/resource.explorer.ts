import {
  BackgroundTask,
  type CallContext,
  type Clock,
  type EventListener,
  type HealthCheck,
  OptionsError,
  type RegisterOptions,
  ResourceEvents,
  ResourceMonitor,
  ResourceRegistry,
  systemClock,
} from '@nestjs-resources/core';
import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

import type { ManagedTaskMark } from './decorators/managed-task.decorator.js';
import { connectInstance } from './guard/guard-method.js';
import { guardsOf } from './guard/guard.js';
import { GuardedCalls } from './guard/guarded-calls.js';
import { ResourceLog } from './resource.log.js';
import { ResourceMetadataAccessor } from './resource-metadata.accessor.js';
import type { ResourceOptions } from './resource-options.interface.js';
import { GUARDED_CALLS, RESOURCE_MODULE_OPTIONS } from './resource.tokens.js';

type Method = (...args: unknown[]) => unknown;

/** Finds decorated methods on the instances of the application and mounts what they stand for. */
@Injectable()
export class ResourceExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly accessor: ResourceMetadataAccessor,
    private readonly registry: ResourceRegistry,
    private readonly monitor: ResourceMonitor,
    private readonly events: ResourceEvents,
    private readonly log: ResourceLog,
    @Inject(GUARDED_CALLS) private readonly calls: GuardedCalls,
    @Inject(RESOURCE_MODULE_OPTIONS) private readonly options: ResourceOptions,
  ) {}

  /** @throws {OptionsError} if decorators say what cannot work, all of it at once */
  mount(): void {
    this.log.mount();
    this.events.subscribe(() => this.calls.forget(), { type: 'resource.unregistered' });
    const mistakes: OptionsError[] = [];
    for (const instance of this.instances()) {
      for (const [, method] of this.accessor.methodsOf(Object.getPrototypeOf(instance) as object)) {
        this.mountMethod(instance, method, mistakes);
      }
    }
    if (mistakes.length > 0) throw OptionsError.join('Decorated methods', mistakes);
  }

  /** Request-scoped classes have no instance yet, and aliases have none of their own. */
  private instances(): Set<object> {
    const wrappers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    const instances = wrappers.flatMap((wrapper): object[] => {
      const instance: unknown = wrapper.isAlias || !wrapper.isDependencyTreeStatic() ? undefined : wrapper.instance;
      return typeof instance === 'object' && instance !== null && Object.getPrototypeOf(instance) !== null
        ? [instance]
        : [];
    });
    return new Set(instances);
  }

  private mountMethod(instance: object, method: Method, mistakes: OptionsError[]): void {
    if (guardsOf(method).length > 0) connectInstance(instance, this.calls);
    try {
      for (const task of this.accessor.getTasks(method)) this.addTask(task, instance, method);
      for (const { name, options } of this.accessor.getHealthChecks(method)) {
        this.monitor.registerHealthCheck(name, ((context) => method.call(instance, context)) as HealthCheck, options);
      }
    } catch (error) {
      if (!(error instanceof OptionsError)) throw error;
      mistakes.push(error);
    }
    for (const { filter } of this.accessor.getEventListeners(method)) {
      this.addListener((record) => method.call(instance, record) as void, filter);
    }
  }

  private addTask(mark: ManagedTaskMark, instance: object, method: Method): void {
    const { name, dependsOn, after, critical, lazy, timeouts, ...options } = mark;
    const run = (context: CallContext): Promise<void> => method.call(instance, context) as Promise<void>;
    const clock: Clock = this.options.clock ?? systemClock;
    const place = { dependsOn, after, critical, lazy, timeouts } as RegisterOptions;
    this.registry.register(name, new BackgroundTask({ clock, ...options, name, run }), place);
  }

  /** Resources were registered before anybody could listen, so what was told until now is told again. */
  private addListener(listener: EventListener, filter: Parameters<ResourceEvents['since']>[1]): void {
    const past = this.events.since(0, filter);
    this.events.subscribe(listener, filter);
    past.forEach(listener);
  }
}
