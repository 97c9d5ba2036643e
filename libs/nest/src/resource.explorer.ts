import {
  BackgroundTask,
  type CallContext,
  type EventFilter,
  type HealthCheck,
  Listeners,
  type OptionProblem,
  OptionsError,
  type RegisterOptions,
  ResourceEvents,
  type ResourceListener,
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
import { LazyLoads } from './lazy-loads.js';
import type { LateInstances } from './late-instances.js';
import { type Method, ResourceMetadataAccessor } from './resource-metadata.accessor.js';
import type { ResourceOptions } from './resource-options.interface.js';
import { messages } from './resource.messages.js';
import { GUARDED_CALLS, LATE_INSTANCES, RESOURCE_MODULE_OPTIONS } from './resource.tokens.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds decorated methods on the instances of the application and mounts what they stand for. */
@Injectable()
export class ResourceExplorer {
  private problems: OptionProblem[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly accessor: ResourceMetadataAccessor,
    private readonly registry: ResourceRegistry,
    private readonly monitor: ResourceMonitor,
    private readonly events: ResourceEvents,
    @Inject(GUARDED_CALLS) private readonly calls: GuardedCalls,
    @Inject(LATE_INSTANCES) private readonly late: LateInstances,
    private readonly loads: LazyLoads,
    @Inject(RESOURCE_MODULE_OPTIONS) private readonly options: ResourceOptions,
  ) {}

  /** @throws {OptionsError} if decorators say what cannot work, all of it at once */
  mount(): void {
    this.events.subscribe(() => this.calls.forget(), { type: 'resource.unregistered' });
    const own = this.wrappers();
    own.filter((wrapper) => !hasOneInstance(wrapper)).forEach((wrapper) => this.refuseMarks(wrapper));
    for (const instance of new Set(own.filter(hasOneInstance).flatMap(instanceOf))) this.mountInstance(instance);
    this.throwProblems();
    const mount = (instance: object): void => this.mountLate(instance);
    this.loads.follow(mount);
    this.late.handTo((instance) => void (this.loads.take(instance) || mount(instance)));
  }

  /** What a lazily loaded module brings. An instance that no module provides, made by `ModuleRef.create()`, is left alone. */
  private mountLate(instance: object): void {
    const wrappers = this.wrappers().filter((wrapper) => wrapper.metatype === instance.constructor);
    const isProvided = wrappers.some((wrapper) => hasOneInstance(wrapper) && wrapper.instance === instance);
    if (isProvided) this.mountInstance(instance);
    else wrappers.filter((wrapper) => !hasOneInstance(wrapper)).forEach((wrapper) => this.refuseMarks(wrapper));
    this.throwProblems();
  }

  private wrappers(): Wrapper[] {
    return [...this.discovery.getProviders(), ...this.discovery.getControllers()].filter(({ isAlias }) => !isAlias);
  }

  private throwProblems(): void {
    const { problems } = this;
    this.problems = [];
    if (problems.length > 0) throw new OptionsError('Decorated methods', problems);
  }

  private mountInstance(instance: object): void {
    for (const [, method] of this.accessor.methodsOf(Object.getPrototypeOf(instance) as object)) {
      if (guardsOf(method).length > 0) connectInstance(instance, this.calls);
      for (const task of this.accessor.getTasks(method)) this.addTask(task, instance, method);
      for (const { name, options } of this.accessor.getHealthChecks(method)) {
        const check = ((context) => method.call(instance, context)) as HealthCheck;
        this.collectProblems(() => this.monitor.registerHealthCheck(name, check, options));
      }
      for (const { filter } of this.accessor.getEventListeners(method)) {
        this.addListener((event) => method.call(instance, event) as void, filter);
      }
    }
  }

  private addTask(mark: ManagedTaskMark, instance: object, method: Method): void {
    const { name, dependsOn, after, critical, lazy, timeouts, ...options } = mark;
    const { clock = systemClock } = this.options;
    const run = (context: CallContext): Promise<void> => method.call(instance, context) as Promise<void>;
    const place = { dependsOn, after, critical, lazy, timeouts } as RegisterOptions;
    this.collectProblems(() =>
      this.registry.register(name, new BackgroundTask({ clock, ...options, name, run }), place),
    );
  }

  /** Resources were registered before anybody could listen, so what was told until now is told again. */
  private addListener(listener: ResourceListener, filter: EventFilter | undefined): void {
    const isolated = new Listeners();
    isolated.add(listener);
    for (const record of this.events.since(0, filter)) isolated.emit(record);
    this.events.subscribe(listener, filter);
  }

  private collectProblems(mount: () => unknown): void {
    try {
      mount();
    } catch (error) {
      if (!(error instanceof OptionsError)) throw error;
      this.problems.push(
        ...error.problems.map(({ option, problem }) => ({ option: `${error.resource}.${option}`, problem })),
      );
    }
  }

  /** Who is made for each request, or for each that injects it, is not there to be called. */
  private refuseMarks({ metatype, name }: Wrapper): void {
    const prototype = (metatype as { prototype?: object } | null)?.prototype;
    if (!prototype) return;
    for (const [key, method] of this.accessor.methodsOf(prototype)) {
      if (this.accessor.hasMarks(method)) {
        this.problems.push({ option: `${String(name)}.${key}`, problem: messages.noOneInstance });
      }
    }
  }
}

function hasOneInstance(wrapper: Wrapper): boolean {
  return wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
}

function instanceOf({ instance }: Wrapper): object[] {
  const made: unknown = instance;
  return typeof made === 'object' && made !== null && Object.getPrototypeOf(made) !== null ? [made] : [];
}
