import { ResourceMonitor, ResourceRegistry } from '@nestjs-resources/core';
import { type DynamicModule, Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

import { registerResourceMetrics, type ResourceMetricsOptions } from './register-resource-metrics.js';

const OPTIONS = 'RESOURCE_PROMETHEUS_OPTIONS';

/**
 * Puts the metrics of the resources into a registry of prom-client that something else serves, while the application lives.
 * To serve them too, switch on `routes.metrics` of `ResourceMonitoringModule` instead.
 */
@Module({})
export class ResourcePrometheusModule implements OnModuleInit, OnModuleDestroy {
  private remove: (() => void) | undefined = undefined;

  constructor(
    @Inject(OPTIONS) private readonly options: ResourceMetricsOptions,
    private readonly registry: ResourceRegistry,
    private readonly monitor: ResourceMonitor,
  ) {}

  static forRoot(options: ResourceMetricsOptions = {}): DynamicModule {
    return { module: ResourcePrometheusModule, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  onModuleInit(): void {
    this.remove = registerResourceMetrics({ registry: this.registry, monitor: this.monitor }, this.options);
  }

  onModuleDestroy(): void {
    this.remove?.();
  }
}
