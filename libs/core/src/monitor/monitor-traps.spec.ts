import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import type { Resource } from '../resource/resource.js';
import { ResourceMonitor } from './resource-monitor.js';
import { SystemResource } from './system-resource.js';

async function bench(resources: Record<string, Resource> = {}) {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock });
  const monitor = new ResourceMonitor(registry, { clock, random: () => 0.5, system: false });
  for (const [name, resource] of Object.entries(resources)) registry.register(name, resource);
  await registry.start();
  monitor.start();
  const health = (name: string) => monitor.getHealthSummary().resources[name]?.health;
  return { clock, registry, monitor, health };
}

/** Each is a promise that the monitor of Uno breaks; the number is that of our list of them. */
describe('What went wrong in Uno', () => {
  it('B-MON-1: the monitor does not watch itself, and what is registered after it is watched too', async () => {
    const { clock, registry, monitor, health } = await bench();
    let asked = 0;
    monitor.registerHealthCheck('custom', () => (asked++, 'HEALTHY'));
    registry.register('late', { getMetrics: () => ({ type: 'pool', name: 'late' }) });
    await clock.advance(1_000);
    expect([health('late'), asked]).toEqual(['HEALTHY', 1]);
    expect(registry.list().map(({ name }) => name)).toEqual(['late']);
  });

  it('B-MON-2, B-MON-3: the monitor can be stopped, and started again', async () => {
    const { clock, monitor } = await bench({ db: {} });
    await monitor.stop();
    monitor.start();
    await monitor.stop();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('B-MON-4: what a resource is comes from what it says, and it has a health', async () => {
    const { monitor } = await bench({ smtp: { kind: 'pool', check: () => ({ status: 'HEALTHY' }) } });
    expect(monitor.getHealthSummary().resources.smtp).toMatchObject({ type: 'CONNECTION_POOL', health: 'HEALTHY' });
  });

  it('B-MON-5: metrics with an object as health break nothing', async () => {
    const odd = { getMetrics: () => ({ type: 'x', name: 'odd', health: { failures: 3 } }) };
    const { monitor, health } = await bench({ odd, db: {} });
    expect([health('odd'), health('db')]).toEqual(['HEALTHY', 'HEALTHY']);
    expect(monitor.getResource('odd').metrics.health).toEqual({ failures: 3 });
  });

  it('B-MON-5: a resource whose metrics throw, answer later or are rubbish loses only itself', async () => {
    const { monitor } = await bench({
      throws: { getMetrics: () => fail('token=abcdef') },
      later: { getMetrics: () => Promise.reject(new Error('later')) as never },
      rubbish: { getMetrics: () => 3 as never },
      db: { getMetrics: () => ({ type: 'pool', name: 'db', size: 1 }) },
    });
    const { resources } = monitor.getMetrics();
    expect(resources.throws?.metrics.error).toBe('token=***');
    expect(resources.later?.metrics.error).toMatch(/promise/);
    expect(resources.rubbish?.metrics).toEqual({ type: 'custom', name: 'rubbish' });
    expect(resources.db?.metrics.size).toBe(1);
  });

  it('B-MON-6, B-MON-7, B-MON-8: no health is made of lifetime counters or of missing figures; the resource says it', async () => {
    const idle = {
      kind: 'pool',
      check: () => ({ status: 'HEALTHY' as const }),
      getMetrics: () => ({ type: 'pool', name: 'idle', size: 0, maxSize: 10, createFailures: 1_000 }),
    };
    const { health } = await bench({ idle });
    expect(health('idle')).toBe('HEALTHY');
  });

  it('B-MON-9: the system alone never makes the application worse than DEGRADED', async () => {
    const clock = new ManualClock();
    const registry = new ResourceRegistry({ clock });
    registry.register('db', {}, { critical: true });
    await registry.start();
    const monitor = new ResourceMonitor(registry, { clock });
    monitor.registerHealthCheck('system', () => 'UNHEALTHY');
    monitor.start();
    expect(monitor.getHealthSummary().overallHealth).toBe('DEGRADED');
    expect(monitor.getHealthSummary('ready').overallHealth).toBe('HEALTHY');
    await monitor.stop();
  });

  it('B-MON-9: one busy moment is smoothed away', () => {
    const system = new SystemResource(new ManualClock());
    expect(system.check().status).not.toBe('UNHEALTHY');
    expect(readFileSync(new URL('system-resource.ts', import.meta.url), 'utf8')).not.toContain('UNHEALTHY');
  });

  it('B-MON-10: reading the system does not block', () => {
    const system = new SystemResource(new ManualClock());
    const began = performance.now();
    for (let count = 0; count < 100; count++) system.check();
    expect((performance.now() - began) / 100).toBeLessThan(10);
  });

  it('B-MON-11: what is unregistered vanishes at once, and the whole is well again', async () => {
    const { registry, monitor } = await bench({ db: { check: () => ({ status: 'UNHEALTHY' }) }, mail: {} });
    expect(monitor.getHealthSummary().resources.db?.health).toBe('UNHEALTHY');
    await registry.unregister('db');
    expect(monitor.getHealthSummary()).toMatchObject({ overallHealth: 'HEALTHY', resourceCount: 1 });
    expect(monitor.getOverview()).toEqual({ overallHealth: 'HEALTHY', resourceCount: 1 });
    expect(monitor.getMetrics().resources).not.toHaveProperty('db');
    expect(() => monitor.getResourceHealth('db')).toThrow("Resource 'db' does not exist");
  });

  it('B-MON-12: an asynchronous check is awaited, and rubbish is a bad result', async () => {
    const { clock, monitor, health } = await bench();
    monitor.registerHealthCheck('later', async () => 'DEGRADED');
    monitor.registerHealthCheck('rubbish', () => 'fine' as never);
    await clock.advance(1_000);
    expect([health('later'), health('rubbish')]).toEqual(['DEGRADED', 'UNHEALTHY']);
  });

  it('B-MON-13: a check that throws is a bad result, with the error as reason', async () => {
    const { clock, monitor } = await bench();
    monitor.registerHealthCheck('disk', () => fail('no such device'));
    await clock.advance(1_000);
    expect(monitor.getHealthSummary().resources.disk).toMatchObject({ health: 'UNHEALTHY', reason: 'no such device' });
  });

  it('B-MON-14: a check for a name that is no resource makes an entry', async () => {
    const { clock, monitor, health } = await bench();
    monitor.registerHealthCheck('disk', () => 'HEALTHY');
    await clock.advance(1_000);
    expect(health('disk')).toBe('HEALTHY');
  });

  it('B-MON-15: a check that speaks for a resource is the only one to speak, until it is removed', async () => {
    const { clock, registry, monitor, health } = await bench({ db: { check: () => ({ status: 'HEALTHY' }) } });
    monitor.registerHealthCheck('db', () => 'DEGRADED');
    await clock.advance(60_000);
    expect(health('db')).toBe('DEGRADED');
    const changes = registry.events.since(0, { type: 'health.changed' }).map(({ from, to }) => [from, to].join(' '));
    expect(changes).toEqual(['UNKNOWN HEALTHY', 'UNKNOWN DEGRADED']);
    monitor.unregisterHealthCheck('db');
    await clock.advance(1_000);
    expect(health('db')).toBe('HEALTHY');
  });

  it('B-MON-16: one healthy resource does not hide those of which nothing is known', async () => {
    const hang = { check: () => new Promise<never>(() => undefined), kind: 'pool' };
    const { monitor } = await bench({ db: { kind: 'pool' }, hang });
    expect(monitor.getHealthSummary()).toMatchObject({ overallHealth: 'UNKNOWN', healthyCount: 1, unknownCount: 1 });
  });

  it('B-MON-17: what is handed out is a copy', async () => {
    const figures = { type: 'pool', name: 'db', nested: { size: 1 } };
    const { monitor } = await bench({ db: { getMetrics: () => figures } });
    const before = monitor.getMetrics('db').resources.db;
    figures.nested.size = 2;
    expect(before?.metrics.nested).toEqual({ size: 1 });
  });

  it('B-MON-17: metadata are a plain object that the resource says, not what a class calls so', async () => {
    class Graph {
      readonly secret = 'everything';
    }
    const { monitor } = await bench({
      said: { metadata: { region: 'eu', password: 'x' } } as Resource,
      other: { metadata: new Graph() } as Resource,
    });
    const { said, other } = monitor.getMetrics().resources;
    expect([said?.metadata, other?.metadata]).toEqual([{ region: 'eu', password: '***' }, {}]);
  });

  it('B-MON-18: health has an age, and can be refreshed', async () => {
    let status: 'HEALTHY' | 'DEGRADED' = 'HEALTHY';
    const { clock, monitor } = await bench({ db: { check: () => ({ status }) } });
    await clock.advance(5_000);
    expect(monitor.getResource('db').age).toBe(5_000);
    status = 'DEGRADED';
    await monitor.refresh('db');
    expect(monitor.getResource('db')).toMatchObject({ age: 0, health: 'HEALTHY', check: { raw: 'DEGRADED' } });
  });

  it('B-MON-19: tracking is registering: nothing else has to be said, and nothing is left afterwards', async () => {
    const { registry, monitor } = await bench();
    registry.register('import', { getMetrics: () => ({ type: 'custom', name: 'import', rows: 3 }) });
    await registry.started('import');
    expect(monitor.getResource('import')).toMatchObject({ health: 'HEALTHY', metrics: { rows: 3 } });
    await registry.unregister('import');
    expect(monitor.getMetrics().resources).toEqual({});
  });
});

function fail(message: string): never {
  throw new Error(message);
}
