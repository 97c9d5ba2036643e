import { describe, expect, it } from '@jest/globals';
import {
  CircuitBreaker,
  ConnectionPool,
  ManualClock,
  ResourceEvents,
  ResourceMonitor,
  ResourceRegistry,
} from '@nestjs-resources/core';
import { Registry } from 'prom-client';

import { registerResourceMetrics } from './register-resource-metrics.js';

async function bench() {
  const clock = new ManualClock();
  const events = new ResourceEvents({ clock });
  const registry = new ResourceRegistry({ clock, events });
  const monitor = new ResourceMonitor(registry, { clock, system: false });
  const pool = new ConnectionPool({ name: 'smtp', create: () => ({}), maxSize: 3, clock });
  registry.register('smtp', pool);
  registry.register('payments', new CircuitBreaker({ name: 'payments', clock }));
  await registry.start();
  monitor.start();
  const register = new Registry();
  return { clock, registry, monitor, pool, register };
}

describe('registerResourceMetrics', () => {
  it('reads the numbers when it is scraped', async () => {
    const { registry, monitor, pool, register } = await bench();
    registerResourceMetrics({ registry, monitor }, { register });
    const lease = await pool.acquire();
    const text = await register.metrics();
    for (const line of [
      '# HELP resource_pool_connections Connections by state.',
      '# TYPE resource_pool_connections gauge',
      'resource_pool_connections{pool="smtp",state="used"} 1',
      'resource_pool_connections{pool="smtp",state="idle"} 0',
      'resource_pool_connections_max{pool="smtp"} 3',
      '# TYPE resource_pool_acquires_total counter',
      'resource_pool_acquires_total{pool="smtp",outcome="ok"} 1',
      '# TYPE resource_pool_create_seconds histogram',
      'resource_pool_create_seconds_bucket{le="0.001",pool="smtp"} 1',
      'resource_pool_create_seconds_bucket{le="+Inf",pool="smtp"} 1',
      'resource_pool_create_seconds_sum{pool="smtp"} 0',
      'resource_pool_create_seconds_count{pool="smtp"} 1',
      'resource_circuit_state{circuit="payments",state="closed"} 1',
      'resource_circuit_state{circuit="payments",state="open"} 0',
      'resource_circuit_calls_total{circuit="payments",outcome="not_permitted"} 0',
      'resource_health_status{resource="smtp",status="HEALTHY"} 1',
      'resource_info{resource="smtp",kind="pool",critical="true"} 1',
      'resource_up{resource="payments"} 1',
      'resource_health_check_seconds_count{resource="smtp"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    lease.release();
    expect(await register.metrics()).toContain('resource_pool_connections{pool="smtp",state="used"} 0');
  });

  it('counts durations up to each bound', async () => {
    const { clock, registry, monitor, pool, register } = await bench();
    registerResourceMetrics({ registry, monitor }, { register });
    for (const held of [2, 20, 200]) {
      const lease = await pool.acquire();
      await clock.advance(held);
      lease.release();
    }
    const lines = (await register.metrics()).split('\n');
    const valueOf = (series: string) =>
      Number(lines.find((line) => line.startsWith(`resource_pool_use_seconds_${series} `))?.split(' ')[1]);
    const upTo = (bound: string) => valueOf(`bucket{le="${bound}",pool="smtp"}`);
    const count = valueOf('count{pool="smtp"}');
    expect(count).toBeGreaterThan(0);
    expect([upTo('0.001'), upTo('300'), upTo('+Inf')]).toEqual([0, count, count]);
  });

  it('has no series of what is not known, rather than a wrong one', async () => {
    const { registry, monitor, register } = await bench();
    registerResourceMetrics({ registry, monitor }, { register });
    expect(await register.metrics()).not.toMatch(/^resource_circuit_failure_ratio\{/m);
  });

  it('tells reasons apart, and what nobody has told is other, so that the sum is the count', async () => {
    const { clock, registry, pool, register } = await bench();
    (await pool.acquire()).destroy('by its holder');
    await clock.advance(0);
    const later = new ResourceMonitor(registry, { clock, system: false });
    registerResourceMetrics({ registry, monitor: later }, { register });
    (await pool.acquire()).destroy('it said 421');
    await pool.acquire().then((lease) => lease.release());
    await pool.evict();
    await clock.advance(0);
    const lines = (await register.metrics())
      .split('\n')
      .filter((line) => line.startsWith('resource_pool_destroyed_total{'));
    expect(lines.toSorted((one, two) => one.localeCompare(two))).toEqual([
      'resource_pool_destroyed_total{pool="smtp",reason="evict"} 1',
      'resource_pool_destroyed_total{pool="smtp",reason="holder"} 1',
      'resource_pool_destroyed_total{pool="smtp",reason="other"} 1',
    ]);
  });

  it('lets series vanish with their resource', async () => {
    const { registry, monitor, register } = await bench();
    registerResourceMetrics({ registry, monitor }, { register });
    expect(await register.metrics()).toContain('"smtp"');
    await registry.unregister('smtp');
    expect(await register.metrics()).not.toContain('"smtp"');
  });

  it('reads everything once per scrape, however many metrics there are', async () => {
    const { registry, monitor, pool, register } = await bench();
    registerResourceMetrics({ registry, monitor }, { register });
    let reads = 0;
    const read = pool.getMetrics.bind(pool);
    pool.getMetrics = () => {
      reads++;
      return read();
    };
    await register.metrics();
    expect(reads).toBe(1);
  });

  it('uses another prefix, and takes everything out again', async () => {
    const { registry, monitor, register } = await bench();
    const remove = registerResourceMetrics({ registry, monitor }, { register, prefix: 'shop' });
    expect(await register.metrics()).toMatch(/^shop_up\{/m);
    remove();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('refuses a registry that has them already, and a prefix that is no name', async () => {
    const { registry, monitor, register } = await bench();
    registerResourceMetrics({ registry, monitor }, { register });
    const again = () => registerResourceMetrics({ registry, monitor }, { register });
    expect(again).toThrow(/give each application a registry of its own/);
    expect(() => registerResourceMetrics({ registry, monitor }, { prefix: '1 x' })).toThrow(/prefix: must be letters/);
  });

  it('names counters as OpenMetrics wants them', async () => {
    const { registry, monitor, register } = await bench();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    registerResourceMetrics({ registry, monitor }, { register });
    const text = await register.metrics();
    expect(text).toContain('# TYPE resource_pool_timeouts counter\nresource_pool_timeouts_total{pool="smtp"} 0');
    expect(text.trimEnd()).toMatch(/# EOF$/);
  });
});
