import { describe, expect, it } from '@jest/globals';
import {
  CircuitBreaker,
  ConnectionPool,
  ManualClock,
  ResourceEvents,
  ResourceMonitor,
  ResourceRegistry,
} from '@nestjs-resources/core';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

import { observeResources, type ObserveResourcesOptions } from './observe-resources.js';

/** Collects only when asked. */
class Reader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

async function bench(options?: ObserveResourcesOptions) {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock, events: new ResourceEvents({ clock }) });
  const monitor = new ResourceMonitor(registry, { clock, system: false });
  const pool = new ConnectionPool({ name: 'smtp', create: () => ({}), maxSize: 3, clock });
  registry.register('smtp', pool);
  registry.register('payments', new CircuitBreaker({ name: 'payments', clock }));
  registry.register('orders', {
    kind: 'data-source',
    getMetrics: () => ({
      type: 'data-source',
      name: 'orders',
      maxSize: 20,
      minSize: 2,
      idle: 1,
      leased: 4,
      waiting: 7,
    }),
  });
  await registry.start();
  monitor.start();
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  const stop = observeResources(provider.getMeter('test'), { registry, monitor }, options);
  const collect = async () => {
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return new Map(
      metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        { unit: descriptor.unit, points: dataPoints.map(({ attributes, value }) => ({ ...attributes, value })) },
      ]),
    );
  };
  return { registry, pool, stop, collect };
}

describe('observeResources', () => {
  it('reports the same catalogue, read when it is collected', async () => {
    const { pool, collect } = await bench();
    await pool.acquire();
    const metrics = await collect();
    expect(metrics.get('resource.pool.connections')).toEqual({
      unit: '{connection}',
      points: expect.arrayContaining([
        { pool: 'smtp', state: 'used', value: 1 },
        { pool: 'orders', state: 'used', value: 4 },
      ]),
    });
    expect(metrics.get('resource.circuit.state')?.points).toContainEqual({
      circuit: 'payments',
      state: 'closed',
      value: 1,
    });
    expect(metrics.get('resource.pool.create.count')?.points).toEqual([{ pool: 'smtp', value: 1 }]);
    expect(metrics.get('resource.pool.create.sum')?.unit).toBe('s');
  });

  it('reports pools of databases under the names of the semantic conventions, and only those', async () => {
    const name = 'db.client.connection.pool.name';
    const metrics = await (await bench()).collect();
    expect(metrics.get('db.client.connection.count')?.points).toEqual([
      { [name]: 'orders', 'db.client.connection.state': 'idle', value: 1 },
      { [name]: 'orders', 'db.client.connection.state': 'used', value: 4 },
    ]);
    expect(metrics.get('db.client.connection.limit')?.points).toEqual([{ [name]: 'orders', value: 20 }]);
    expect(metrics.get('db.client.connection.pending_requests')?.points).toEqual([{ [name]: 'orders', value: 7 }]);
  });

  it('leaves them to the driver when told so, and uses another prefix', async () => {
    const metrics = await (await bench({ database: false, prefix: 'shop' })).collect();
    expect([...metrics.keys()].filter((name) => !name.startsWith('shop.'))).toEqual([]);
  });

  it('lets series vanish with their resource', async () => {
    const { registry, collect } = await bench();
    await registry.unregister('smtp');
    const rest = [...(await collect()).values()].flatMap(({ points }) => points);
    expect(rest.length).toBeGreaterThan(0);
    expect(JSON.stringify(rest)).not.toContain('smtp');
  });

  it('asks nobody any more when it has stopped', async () => {
    const { registry, stop, collect } = await bench();
    await collect();
    stop();
    let reads = 0;
    registry.getMetrics = () => {
      reads++;
      return {};
    };
    await collect();
    expect(reads).toBe(0);
  });
});
