import { errorText, OptionsError, ResourceEvents, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/core';
import type { FactoryProvider } from '@nestjs/common';

import type { MetricsOptions, MetricsRegister } from '../monitoring-options.js';
import { METRICS_REGISTER } from '../monitoring.tokens.js';

/** Loads prom-client, and puts our metrics into the registry that is served, until the application has stopped. */
export function metricsRegisterProvider(options: MetricsOptions): FactoryProvider<MetricsRegister> {
  return {
    provide: METRICS_REGISTER,
    inject: [ResourceRegistry, ResourceMonitor, ResourceEvents],
    useFactory: async (registry: ResourceRegistry, monitor: ResourceMonitor, events: ResourceEvents) => {
      const { registerResourceMetrics, defaultRegister } = await loadPrometheus();
      const register = (options.register ?? defaultRegister) as typeof defaultRegister;
      const remove = registerResourceMetrics({ registry, monitor }, { ...options, register });
      events.subscribe(remove, { type: 'application.stopped' });
      return register;
    },
  };
}

async function loadPrometheus(): Promise<typeof import('../prometheus/register-resource-metrics.js')> {
  try {
    return await import('../prometheus/register-resource-metrics.js');
  } catch (error) {
    const problem = `needs prom-client (npm install prom-client): ${errorText(error)}`;
    throw new OptionsError('ResourceMonitoringModule', [{ option: 'routes.metrics', problem }]);
  }
}
