import { afterEach, describe, expect, it } from '@jest/globals';
import { definePool, PoolService, ResourceModule, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/nest';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { metrics } from '@opentelemetry/api';
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

import { ResourceOpenTelemetryModule, type ResourceOpenTelemetryOptions } from './index.js';

/** Collects only when asked. */
class Reader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
  metrics.disable();
});

function telemetry(temporality = AggregationTemporality.CUMULATIVE) {
  const reader = new Reader({ aggregationTemporalitySelector: () => temporality });
  const provider = new MeterProvider({ readers: [reader] });
  const collect = async () => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics: all }) =>
      all.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [scope.name, descriptor.name, attributes, value] as const),
      ),
    );
  };
  return { provider, collect };
}

async function compile(options?: ResourceOpenTelemetryOptions): Promise<INestApplication> {
  const module = await Test.createTestingModule({
    imports: [
      ResourceModule.forRoot({
        pools: { smtp: definePool({ create: () => ({}), minSize: 1 }) },
        monitor: { system: false },
      }),
      ResourceOpenTelemetryModule.forRoot(options),
    ],
  }).compile();
  app = module.createNestApplication({ logger: false });
  return app;
}

describe('ResourceOpenTelemetryModule', () => {
  it('reports to the provider it is given, under the name of this package', async () => {
    const { provider, collect } = telemetry();
    const application = await compile({ meterProvider: provider, prefix: 'shop' });
    await application.init();
    await application.get(ResourceMonitor).refresh();
    expect(await collect()).toContainEqual(['@nestjs-resources/monitoring', 'shop.up', { resource: 'smtp' }, 1]);
  });

  it('takes the meter late: an SDK that is registered after the modules were built still hears of everything', async () => {
    const { provider, collect } = telemetry();
    const application = await compile();
    metrics.setGlobalMeterProvider(provider);
    await application.init();
    await application.get(PoolService).get('smtp').evict();
    const found = await collect();
    expect(found).toContainEqual([
      '@nestjs-resources/monitoring',
      'resource.pool.destroyed',
      { pool: 'smtp', reason: 'evict' },
      1,
    ]);
  });

  it('works without any SDK', async () => {
    await expect((await compile()).init()).resolves.toBeDefined();
  });

  it('tells nothing any more of what is gone, and nothing at all after the end', async () => {
    // With cumulative temporality the SDK itself repeats the last value of a series for ever.
    const { provider, collect } = telemetry(AggregationTemporality.DELTA);
    const application = await compile({ meterProvider: provider });
    await application.init();
    expect((await collect()).length).toBeGreaterThan(20);
    await application.get(ResourceRegistry).unregister('smtp');
    expect(await collect()).toEqual([]);
    application.get(ResourceRegistry).register('thing', {});
    expect((await collect()).length).toBeGreaterThan(3);
    await application.close();
    expect(await collect()).toEqual([]);
  });
});
