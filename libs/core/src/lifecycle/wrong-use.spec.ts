import { describe, expect, it } from '@jest/globals';

import { CircuitBreaker } from '../breaker/circuit-breaker.js';
import { ManualClock } from '../clock/manual-clock.js';
import { ResourceEvents } from '../events/resource-events.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import { BackgroundTask } from '../task/background-task.js';
import { ResourceMonitor } from '../monitor/resource-monitor.js';
import { shown } from '../options/shown.js';
import { managedBackgroundTask } from './managed-background-task.js';
import { managedConnectionPool } from './managed-connection-pool.js';
import { managedResource } from './managed-resource.js';
import { ResourceManager } from './resource-manager.js';

const rubbish: readonly unknown[] = [undefined, null, 5, 'later', {}, 10n, Symbol('hook')];

describe('what is used wrongly', () => {
  it.each([null, 5, []])('is made of nothing: %p', (options) => {
    for (const Class of [BackgroundTask, CircuitBreaker, ConnectionPool]) {
      expect(() => new Class(options as never)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
    }
  });

  it('has a symbol for its name', () => {
    for (const Class of [BackgroundTask, CircuitBreaker, ConnectionPool]) {
      expect(() => new Class({ name: Symbol('s') } as never)).toThrow('name: must be a non-empty text');
    }
  });

  it.each(rubbish)('is refused as a hook, or as a listener: %p', (wrong) => {
    const manager = new ResourceManager({ registry: new ResourceRegistry() });
    const refused = 'must be a function, got';
    expect(() => manager.addStartupHook(wrong as never)).toThrow(refused);
    expect(() => manager.addShutdownHook(wrong as never)).toThrow(refused);
    expect(() => new ResourceEvents().subscribe(wrong as never)).toThrow(refused);
  });

  it.each([undefined, null, {}, { registry: 5 }])('is a manager without a registry: %p', (options) => {
    expect(() => new ResourceManager(options as never)).toThrow('registry: must be a ResourceRegistry');
  });

  it.each([null, 5, '', {}, [], () => undefined])('is no part to build of: %p', (wrong) => {
    const registry = new ResourceRegistry();
    const given = `, got ${shown(wrong)}`;
    for (const [make, words] of [
      [(): unknown => new ResourceRegistry({ clock: wrong as never }), 'ResourceRegistry: clock: must be a Clock'],
      [() => new ResourceRegistry({ events: wrong as never }), 'ResourceRegistry: events: must be a ResourceEvents'],
      [() => new ResourceEvents({ clock: wrong as never }), 'ResourceEvents: clock: must be a Clock'],
      [() => new ResourceMonitor(wrong as never), 'ResourceMonitor: registry: must be a ResourceRegistry'],
      [() => new ResourceManager({ registry, clock: wrong as never }), 'ResourceManager: clock: must be a Clock'],
      [() => new ResourceManager({ registry, events: wrong as never }), 'ResourceManager: events: must be a Resource'],
      [() => new ResourceManager({ registry, monitor: wrong as never }), 'monitor: must be a ResourceMonitor'],
      [
        () => new BackgroundTask({ name: 't', run: () => undefined, clock: wrong as never }),
        "Task 't': clock: must be",
      ],
    ] as const) {
      expect(make).toThrow(words);
      expect(make).toThrow(given);
    }
  });

  it.each([undefined, null, 5, {}])('is no registry in which to manage something: %p', async (wrong) => {
    const words = 'A managed resource: registry: must be a ResourceRegistry';
    let closed = 0;
    const resource = { close: () => void closed++ };
    await expect(managedResource(wrong as never, 'a', resource)).rejects.toThrow(words);
    expect(closed).toBe(1);
    await expect(managedBackgroundTask(wrong as never, 'a', () => undefined)).rejects.toThrow(words);
    const make = (): object => resource;
    await expect(managedConnectionPool(wrong as never, 'a', make)).rejects.toThrow(words);
    expect(closed).toBe(2);
  });

  it('is no way to make a pool, or to run a task', async () => {
    const registry = new ResourceRegistry();
    const noFactory = managedConnectionPool(registry, 'a', undefined as never);
    await expect(noFactory).rejects.toThrow('managedConnectionPool: poolFactory: must be a function, got undefined');
    const noOptions = managedBackgroundTask(registry, 'a', () => undefined, null as never);
    await expect(noOptions).rejects.toThrow('managedBackgroundTask: must be an object with options, got null');
    expect(registry.list()).toEqual([]);
  });

  it('is a call through a breaker, with nothing for its options', () => {
    const breaker = new CircuitBreaker({ name: 'b' });
    const words = "A call through circuit breaker 'b': must be an object with options, got null";
    expect(() => breaker.execute(() => 1, null as never)).toThrow(words);
  });

  it('asks a monitor for what it cannot have', () => {
    const monitor = new ResourceMonitor(new ResourceRegistry());
    const refused = /There is no health group (5|null|an object \(Object\)).\s+Known groups: live, ready, startup/;
    for (const group of [5, null, {}] as never[]) {
      expect(() => monitor.getHealthSummary(group)).toThrow(refused);
      expect(() => monitor.getOverview(group)).toThrow(refused);
    }
    expect(() => monitor.getMetrics(5 as never)).toThrow('getMetrics: filter: must be an object with options, got 5');
    expect(() => monitor.getMetrics('a', null as never)).toThrow(
      'getMetrics: must be an object with options, got null',
    );
  });

  it.each([null, NaN, -1, '5', 10n])('is no reason not to shut down: a timeout of %p', async (timeout) => {
    const clock = new ManualClock();
    const manager = new ResourceManager({ registry: new ResourceRegistry({ clock }), clock });
    await manager.shutdown({ timeout: timeout as number });
    expect([manager.phase, manager.report?.clean]).toEqual(['stopped', true]);
  });

  it.each([undefined, null, 5])('is nothing that could be managed: %p', async (wrong) => {
    const registry = new ResourceRegistry();
    const refusal = { code: 'OPTIONS_INVALID' };
    await expect(managedResource(registry, 'a', wrong as never)).rejects.toMatchObject(refusal);
    await expect(managedConnectionPool(registry, 'a', () => wrong as never)).rejects.toMatchObject(refusal);
    expect(registry.has('a')).toBe(false);
  });
});
