import { describe, expect, it } from '@jest/globals';

import { CircuitBreaker } from '../breaker/circuit-breaker.js';
import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import type { RegisterOptions } from '../registry/registry-options.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import type { Resource } from '../resource/resource.js';
import type { ResourceMonitorOptions } from './monitor-options.js';
import { ResourceMonitor } from './resource-monitor.js';

async function bench(
  resources: Record<string, object>,
  options: ResourceMonitorOptions = {},
  registration: RegisterOptions = {},
) {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock });
  const monitor = new ResourceMonitor(registry, { clock, random: () => 0.5, system: false, ...options });
  for (const [name, resource] of Object.entries(resources)) registry.register(name, resource, registration);
  await registry.start();
  monitor.start();
  await clock.advance(0);
  return { clock, registry, monitor };
}

const fail = (error: unknown) => () => {
  throw error;
};
// oxlint-disable-next-line unicorn/no-thenable -- the point of it
const thenable = (then: () => unknown) => Object.defineProperty({}, 'then', { value: then });
const trap = new Proxy({}, { get: fail(new Error('trap')), ownKeys: fail(new Error('trap')) });
const circular: { self?: object } = {};
circular.self = circular;

const FAILURES: Readonly<Record<string, [check: () => unknown, failure: 'error' | 'timeout' | 'invalid']>> = {
  'throws an error': [fail(new Error('x')), 'error'],
  'throws nothing': [fail(undefined), 'error'],
  'throws a symbol': [fail(Symbol('x')), 'error'],
  'throws what cannot be read': [fail(trap), 'error'],
  'rejects with nothing': [() => Promise.reject(undefined), 'error'],
  'rejects with what cannot be read': [() => Promise.reject(trap), 'error'],
  'never settles': [() => new Promise(() => undefined), 'timeout'],
  'answers a thenable that never settles': [() => thenable(() => undefined), 'timeout'],
  'answers a thenable that throws': [() => thenable(fail(new Error('x'))), 'error'],
  'answers nothing': [() => undefined, 'invalid'],
  'answers null': [() => null, 'invalid'],
  'answers true': [() => true, 'invalid'],
  'answers lower case': [() => 'healthy', 'invalid'],
  'answers a list': [() => ['HEALTHY'], 'invalid'],
  'answers a bigint': [() => 1n, 'invalid'],
  'answers a symbol': [() => Symbol('x'), 'invalid'],
  'answers a function': [() => () => 'HEALTHY', 'invalid'],
  'answers a word of the language': [() => ({ status: 'constructor' }), 'invalid'],
  'answers an object whose status throws': [
    () => Object.defineProperty({}, 'status', { get: fail(new Error('x')) }),
    'invalid',
  ],
};

describe('A check that', () => {
  it('whose check cannot even be read fails its check, and nobody else', async () => {
    const torn = Object.defineProperty({}, 'check', { get: fail(new Error('torn')) });
    const { clock, monitor } = await bench({ torn, well: {} });
    await clock.advance(1_000);
    expect(monitor.getResource('torn')).toMatchObject({ state: 'running', reason: expect.stringContaining('torn') });
    expect(monitor.getResource('well').health).toBe('HEALTHY');
  });

  it.each(Object.entries(FAILURES))(
    '%s is a bad result, and the others are watched on',
    async (_, [check, failure]) => {
      const { clock, monitor, registry } = await bench({
        odd: { check },
        well: { check: () => ({ status: 'HEALTHY' }) },
      });
      await clock.advance(2_000);
      const odd = monitor.getResource('odd');
      expect([odd.health, odd.check?.runs[failure]]).toEqual(['UNHEALTHY', 1]);
      const { timestamp = 0 } = monitor.getResource('well').check ?? {};
      await clock.advance(20_000);
      expect(monitor.getResource('well').check?.timestamp).toBeGreaterThan(timestamp);
      expect(JSON.stringify([monitor.getMetrics(), registry.events.since(0)])).toContain('UNHEALTHY');
      await monitor.stop();
      await clock.advance(0);
      expect(clock.pending).toBe(0);
    },
  );
});

const ODDITIES: Readonly<Record<string, object>> = {
  'details that throw': { check: () => ({ status: 'HEALTHY', details: Object.defineProperty({}, 'x', getter()) }) },
  'details that turn in a circle': { check: () => ({ status: 'HEALTHY', details: circular }) },
  'details that cannot be written': {
    check: () => ({ status: 'HEALTHY', details: { toJSON: fail(new Error('x')), big: 1n, date: new Date(NaN) } }),
  },
  'a reason of a million letters': { check: () => ({ status: 'HEALTHY', reason: 'x'.repeat(1_000_000) }) },
  'figures that throw inside': { getMetrics: () => ({ size: 1, nested: Object.defineProperty({}, 'x', getter()) }) },
  'figures that cannot be read': { getMetrics: () => trap },
  'figures that turn in a circle': { getMetrics: () => circular },
  'figures without an end': { getMetrics: () => Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [i, i])) },
  'words of the language as figures': { getMetrics: () => JSON.parse('{"__proto__":{"polluted":1},"constructor":2}') },
  'metadata that throw': Object.defineProperty({}, 'metadata', getter()),
  'histograms that throw': Object.defineProperty({}, 'histograms', getter()),
};

function getter(): PropertyDescriptor {
  return { get: fail(new Error('not now')), enumerable: true };
}

describe('A resource with', () => {
  it.each(Object.entries(ODDITIES))('%s spoils nothing but itself', async (_, odd) => {
    const { clock, monitor } = await bench({ odd, well: { getMetrics: () => ({ type: 'pool', name: 'x', size: 7 }) } });
    await clock.advance(60_000);
    const said = JSON.stringify([
      monitor.getMetrics({}, { includeHistory: true }),
      monitor.getFigures(),
      monitor.getWindow('odd', 60_000),
    ]);
    expect(said).toContain('"size":7');
    expect(monitor.getResource('well').health).toBe('HEALTHY');
    expect(Object.keys(monitor.getHistory('odd').figures).length).toBeLessThanOrEqual(48);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(monitor.getHistory('well').t.length).toBeGreaterThan(5);
  });
});

describe('Names', () => {
  it('may be words of the language', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'length', '0', 'null'];
    const clock = new ManualClock();
    const registry = new ResourceRegistry({ clock });
    const monitor = new ResourceMonitor(registry, { clock, system: false });
    for (const name of names) registry.register(name, new ConnectionPool({ name, create: () => ({}), clock }));
    await registry.start();
    monitor.start();
    await clock.advance(1_000);
    const { resources, resourceCount } = monitor.getHealthSummary();
    expect([resourceCount, Object.keys(resources).toSorted()]).toEqual([names.length, names.toSorted()]);
    for (const name of names) {
      expect([name, monitor.getResourceHealth(name)]).toEqual([name, 'HEALTHY']);
      expect(Object.keys(monitor.getMetrics(name).resources)).toEqual([name]);
      await registry.unregister(name);
    }
    expect(monitor.getHealthSummary().resourceCount).toBe(0);
    await monitor.stop();
  });
});

describe('A monitor that is asked from within', () => {
  it('bears checks that register, unregister, refresh and ask', async () => {
    const { clock, monitor, registry } = await bench({ well: {} });
    let runs = 0;
    monitor.registerHealthCheck('busy', async () => {
      runs++;
      registry.register(`guest${runs}`, {});
      if (runs > 1) await registry.unregister(`guest${runs - 1}`);
      void monitor.refresh('busy');
      await monitor.refresh('well');
      return monitor.getHealthSummary().resourceCount > 0 ? 'HEALTHY' : 'DEGRADED';
    });
    await clock.advance(60_000);
    expect(monitor.getResourceHealth('busy')).toBe('HEALTHY');
    expect(runs).toBeGreaterThan(4);
    expect(registry.list().map(({ name }) => name)).toEqual(['well', `guest${runs}`]);
  });

  it('can be stopped by a check', async () => {
    const { clock, monitor } = await bench({});
    monitor.registerHealthCheck('last', () => {
      void monitor.stop();
      return 'HEALTHY';
    });
    await clock.advance(10_000);
    expect([monitor.isRunning, clock.pending]).toEqual([false, 0]);
  });

  it('asks once, however many refresh at the same time', async () => {
    const clock = new ManualClock();
    const registry = new ResourceRegistry({ clock });
    let asked = 0;
    const slow: Resource = {
      check: () => new Promise((resolve) => void (asked++, clock.schedule(100, () => resolve({ status: 'HEALTHY' })))),
    };
    registry.register('slow', slow);
    await registry.start();
    const monitor = new ResourceMonitor(registry, { clock, system: false });
    const all = Promise.all(Array.from({ length: 100 }, (_, index) => monitor.refresh(index % 2 ? 'slow' : undefined)));
    await clock.advance(100);
    await all;
    expect(asked).toBe(1);
  });
});

describe('Readiness', () => {
  it.each([
    [false, 'HEALTHY', 'DEGRADED'],
    [true, 'UNHEALTHY', 'UNHEALTHY'],
  ])('with an open breaker that is critical: %s', async (critical, ready, overall) => {
    const breaker = new CircuitBreaker({ name: 'payments', failureThreshold: 1, clock: new ManualClock() });
    const { clock, monitor } = await bench({ payments: breaker, db: {} }, { failureThreshold: 1 }, { critical });
    await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    await clock.advance(15_000);
    expect(monitor.getOverview('ready').overallHealth).toBe(ready);
    expect(monitor.getOverview().overallHealth).toBe(overall);
  });

  it('is not taken away by a process that was frozen, once it has looked again', async () => {
    const { clock, monitor } = await bench({ db: { kind: 'pool', check: () => ({ status: 'HEALTHY' }) } });
    clock.freeze(3_600_000);
    expect(monitor.getHealthSummary('ready').resources.db).toMatchObject({ health: 'UNKNOWN', stale: true });
    await clock.advance(1_000);
    expect(monitor.getOverview('ready').overallHealth).toBe('HEALTHY');
  });
});
