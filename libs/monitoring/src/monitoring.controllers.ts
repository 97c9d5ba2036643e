import type { Type } from '@nestjs/common';

import { ActionRequestGuard } from './admin/action-request.guard.js';
import { BreakerActionController, CheckActionController, PoolActionController } from './admin/admin.controllers.js';
import { EventsController } from './events/events.controller.js';
import { StreamController } from './events/stream.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { mount } from './http/mount.js';
import type { CheckedMonitoringOptions } from './monitoring-options.js';
import { LivenessController, ReadinessController, StartupController } from './probes/probe.controllers.js';
import { VerboseGuard } from './probes/verbose.guard.js';
import { HealthController } from './resources/health.controller.js';
import { ReportController } from './resources/report.controller.js';
import { ResourcesController } from './resources/resources.controller.js';

/** The controllers that the options ask for, each at its path and behind its guards. */
export function controllersFor({ path, routes, guards, admin, probeDecorators }: CheckedMonitoringOptions): Type[] {
  const controllers: Type[] = [];
  const probe = (controller: Type, at: string): Type =>
    mount(controller, { path: at, guards: [VerboseGuard], decorators: probeDecorators, heading: 'Probes' });
  if (routes.livez) controllers.push(probe(LivenessController, 'livez'));
  if (routes.readyz) controllers.push(probe(ReadinessController, 'readyz'));
  if (routes.startupz) controllers.push(probe(StartupController, 'startupz'));
  if (routes.health) controllers.push(mount(HealthController, { path: 'health', guards }));
  if (routes.metrics) controllers.push(mount(MetricsController, { path: 'metrics', guards }));
  if (routes.resources) {
    controllers.push(mount(HealthController, { path: `${path}/health`, guards }));
    controllers.push(mount(ReportController, { path: `${path}/report`, guards }));
    controllers.push(mount(ResourcesController, { path: `${path}/resources`, guards }));
  }
  if (routes.events) {
    controllers.push(mount(EventsController, { path: `${path}/events`, guards }));
    controllers.push(mount(StreamController, { path: `${path}/stream`, guards }));
  }
  if (admin) {
    const who = [...admin.guards, ActionRequestGuard];
    controllers.push(mount(CheckActionController, { path: `${path}/resources`, guards: who }));
    controllers.push(mount(BreakerActionController, { path: `${path}/breakers`, guards: who }));
    controllers.push(mount(PoolActionController, { path: `${path}/pools`, guards: who }));
  }
  return controllers;
}
