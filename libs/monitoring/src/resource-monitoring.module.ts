import { ResourceMonitor } from '@nestjs-resources/core';
import {
  type DynamicModule,
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  RequestMethod,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { OperatorActions } from './admin/operator-actions.service.js';
import { EventStreams } from './events/event-streams.service.js';
import { metricsRegisterProvider } from './metrics/metrics-register.provider.js';
import { allowMethods } from './http/allow-methods.js';
import { responseHeaders } from './http/response-headers.js';
import { type Route, routesOf } from './http/route-table.js';
import type { CheckedMonitoringOptions, ResourceMonitoringOptions } from './monitoring-options.js';
import { checkMonitoringOptions } from './monitoring-options.table.js';
import { controllersFor } from './monitoring.controllers.js';
import { MONITORING_OPTIONS, MONITORING_ROUTES } from './monitoring.tokens.js';
import { Probes } from './probes/probes.service.js';

/**
 * Shows over HTTP how the resources of the application are. Without options only the probes are there, which tell nobody
 * more than a word.
 *
 * @example
 * ResourceMonitoringModule.forRoot({ guards: [AdminGuard], imports: [AuthModule] })
 */
@Module({})
export class ResourceMonitoringModule implements NestModule {
  constructor(
    @Inject(MONITORING_OPTIONS) private readonly options: CheckedMonitoringOptions,
    @Inject(MONITORING_ROUTES) private readonly routes: readonly Route[],
    private readonly monitor: ResourceMonitor,
    private readonly host: HttpAdapterHost,
  ) {}

  /** @throws {OptionsError} also when something beyond the probes would be open to everybody */
  static forRoot(options: ResourceMonitoringOptions = {}): DynamicModule {
    const checked = checkMonitoringOptions(options);
    const controllers = controllersFor(checked);
    return {
      module: ResourceMonitoringModule,
      imports: [...checked.imports],
      controllers,
      providers: [
        { provide: MONITORING_OPTIONS, useValue: checked },
        { provide: MONITORING_ROUTES, useValue: routesOf(controllers) },
        Probes,
        EventStreams,
        ...(checked.admin ? [OperatorActions] : []),
        ...(checked.routes.metrics ? [metricsRegisterProvider(checked.metrics)] : []),
      ],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    for (const { path, methods } of this.routes) {
      consumer.apply(allowMethods(methods)).forRoutes({ path, method: RequestMethod.ALL, version: VERSION_NEUTRAL });
    }
    // Not by the consumer: a global prefix would keep it from the routes that the prefix excludes.
    if (this.options.headers) this.host.httpAdapter.use(responseHeaders(this.monitor));
  }
}
