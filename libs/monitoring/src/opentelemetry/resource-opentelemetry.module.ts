import { ResourceMonitor, ResourceRegistry } from '@nestjs-resources/core';
import { type DynamicModule, Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type MeterProvider, metrics } from '@opentelemetry/api';

import { observeResources, type ObserveResourcesOptions } from './observe-resources.js';

const OPTIONS = 'RESOURCE_OPENTELEMETRY_OPTIONS';
const METER = '@nestjs-resources/monitoring';

export interface ResourceOpenTelemetryOptions extends ObserveResourcesOptions {
  /** Where the meter comes from. @default the global one, as it is when the application starts */
  readonly meterProvider?: MeterProvider;
}

/** Reports the resources to OpenTelemetry while the application lives. Brings no SDK and no exporter. */
@Module({})
export class ResourceOpenTelemetryModule implements OnModuleInit, OnModuleDestroy {
  private stop: (() => void) | undefined = undefined;

  constructor(
    @Inject(OPTIONS) private readonly options: ResourceOpenTelemetryOptions,
    private readonly registry: ResourceRegistry,
    private readonly monitor: ResourceMonitor,
  ) {}

  static forRoot(options: ResourceOpenTelemetryOptions = {}): DynamicModule {
    return { module: ResourceOpenTelemetryModule, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  /** Not earlier: there is no proxy for meters, so one that was taken before the SDK came would stay silent. */
  onModuleInit(): void {
    const meter = (this.options.meterProvider ?? metrics).getMeter(METER);
    this.stop = observeResources(meter, { registry: this.registry, monitor: this.monitor }, this.options);
  }

  onModuleDestroy(): void {
    this.stop?.();
  }
}
