import type { Type } from '@nestjs/common';

import { EventsController } from './events/events.controller.js';
import { StreamController } from './events/stream.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { mount } from './http/mount.js';
import type { CheckedMonitoringOptions } from './monitoring-options.js';
import { LivenessController, ReadinessController, StartupController } from './probes/probe.controllers.js';
import { HealthController } from './resources/health.controller.js';
import { ResourcesController } from './resources/resources.controller.js';

/** The controllers that the options ask for, each at its path and behind its guards. */
export function controllersFor({ path, routes, guards }: CheckedMonitoringOptions): Type[] {
  const controllers: Type[] = [];
  if (routes.livez) controllers.push(mount(LivenessController, { path: 'livez' }));
  if (routes.readyz) controllers.push(mount(ReadinessController, { path: 'readyz' }));
  if (routes.startupz) controllers.push(mount(StartupController, { path: 'startupz' }));
  if (routes.health) controllers.push(mount(HealthController, { path: 'health', guards }));
  if (routes.metrics) controllers.push(mount(MetricsController, { path: 'metrics', guards }));
  if (routes.resources) {
    controllers.push(mount(HealthController, { path: `${path}/health`, guards }));
    controllers.push(mount(ResourcesController, { path: `${path}/resources`, guards }));
  }
  if (routes.events) {
    controllers.push(mount(EventsController, { path: `${path}/events`, guards }));
    controllers.push(mount(StreamController, { path: `${path}/stream`, guards }));
  }
  return controllers;
}
