import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceEvents } from '../events/resource-events.js';
import type { RegisteredResource } from '../registry/registered-resource.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import type { Health } from '../resource/health.js';
import type { Resource } from '../resource/resource.js';
import type { ResourceMonitorOptions } from './monitor-options.js';
import { ResourceMonitor } from './resource-monitor.js';

/** Stands for a registry: entries are put and taken as a test needs them. */
class Shelf {
  readonly events: ResourceEvents;
  private readonly entries = new Map<string, RegisteredResource>();

  constructor(clock: ManualClock) {
    this.events = new ResourceEvents({ clock });
  }

  put(name: string, resource: Resource, entry: Partial<RegisteredResource> = {}): void {
    const { kind = 'custom' } = resource;
    const defaults = { name, kind, state: 'running', critical: true, lazy: false, dependsOn: [], after: [] } as const;
    this.entries.set(name, { ...defaults, resource, ...entry });
    this.events.publish({ resource: name }, { type: 'resource.registered' });
  }

  take(name: string): void {
    this.entries.delete(name);
    this.events.publish({ resource: name }, { type: 'resource.unregistered' });
  }

  list = (): RegisteredResource[] => [...this.entries.values()];
  has = (name: string): boolean => this.entries.has(name);
  entry = (name: string): RegisteredResource | undefined => this.entries.get(name);
}

function bench(options: ResourceMonitorOptions = {}) {
  const clock = new ManualClock();
  const shelf = new Shelf(clock);
  const monitor = new ResourceMonitor(shelf as unknown as ResourceRegistry, {
    clock,
    random: () => 0.5,
    system: false,
    ...options,
  });
  const changes = (name: string): string[] =>
    shelf.events.since(0, { type: 'health.*', resource: name }).map(({ type, to }) => (to as string) ?? type);
  return { clock, shelf, monitor, changes };
}

/** A resource whose health is what was set last, and that counts how often it was asked. */
class Thing implements Resource {
  asked = 0;
  health: Health['status'] = 'HEALTHY';
  constructor(readonly kind: string = 'pool') {}

  check(): Health {
    this.asked++;
    return this.health === 'HEALTHY' ? { status: 'HEALTHY' } : { status: this.health, reason: 'as told' };
  }
}

describe('ResourceMonitor', () => {
  it('checks at once and then every interval', async () => {
    const { clock, shelf, monitor } = bench();
    const db = new Thing();
    shelf.put('db', db);
    expect(monitor.getResourceHealth('db')).toBe('UNKNOWN');
    monitor.start();
    expect(monitor.getResourceHealth('db')).toBe('HEALTHY');
    await clock.advance(30_000);
    expect(db.asked).toBe(4);
  });

  it('checks what is not healthy more often', async () => {
    const { clock, shelf, monitor } = bench();
    const db = new Thing();
    db.health = 'UNHEALTHY';
    shelf.put('db', db);
    monitor.start();
    await clock.advance(30_000);
    expect(db.asked).toBe(11);
  });

  it('runs no check because somebody asks for health', () => {
    const { shelf, monitor } = bench();
    const db = new Thing();
    shelf.put('db', db);
    monitor.start();
    for (let request = 0; request < 1_000; request++) {
      monitor.getHealthSummary('ready');
      monitor.getOverview();
      monitor.getMetrics();
    }
    expect(db.asked).toBe(1);
  });

  it('answers from the last result while a check hangs, and asks a hung resource one question only', async () => {
    const { clock, shelf, monitor, changes } = bench();
    let asked = 0;
    shelf.put('db', { check: () => (asked++ === 0 ? { status: 'HEALTHY' } : new Promise<never>(() => undefined)) });
    monitor.start();
    await clock.advance(12_000);
    expect(monitor.getHealthSummary()).toMatchObject({ overallHealth: 'HEALTHY' });
    await clock.advance(60_000);
    expect(asked).toBe(2);
    expect(monitor.getHealthSummary().resources.db).toMatchObject({ health: 'UNKNOWN', stale: true });
    expect(changes('db')).toEqual(['HEALTHY', 'UNKNOWN']);
  });

  it('publishes a change after as many results as the thresholds say, and one event per change', async () => {
    const { clock, shelf, monitor, changes } = bench();
    const db = new Thing();
    shelf.put('db', db);
    monitor.start();
    db.health = 'UNHEALTHY';
    await clock.advance(13_000);
    expect(monitor.getResource('db')).toMatchObject({ health: 'HEALTHY', check: { raw: 'UNHEALTHY', consecutive: 2 } });
    await clock.advance(3_000);
    expect(monitor.getResource('db')).toMatchObject({ health: 'UNHEALTHY', reason: 'as told' });
    db.health = 'HEALTHY';
    await clock.advance(60_000);
    expect(changes('db')).toEqual(['HEALTHY', 'UNHEALTHY', 'HEALTHY']);
  });

  it('calls a resource that keeps changing DEGRADED, and says so once', async () => {
    const { clock, shelf, monitor, changes } = bench();
    let asked = 0;
    shelf.put('db', { check: () => ({ status: asked++ % 2 ? 'UNHEALTHY' : 'HEALTHY' }) });
    monitor.start();
    await clock.advance(300_000);
    expect(monitor.getHealthSummary().resources.db).toMatchObject({ health: 'DEGRADED', flapping: true });
    expect(changes('db')).toEqual(['HEALTHY', 'DEGRADED', 'health.flapping']);
  });

  it('never lets a resource that is not critical do worse than degrade the whole', () => {
    const { shelf, monitor } = bench();
    const payments = new Thing('breaker');
    payments.health = 'UNHEALTHY';
    shelf.put('db', new Thing());
    shelf.put('payments', payments, { critical: false });
    monitor.start();
    expect(monitor.getHealthSummary()).toMatchObject({
      overallHealth: 'DEGRADED',
      resourceCount: 2,
      healthyCount: 1,
      degradedCount: 0,
      unhealthyCount: 1,
      unknownCount: 0,
      resources: { payments: { health: 'UNHEALTHY', type: 'CIRCUIT_BREAKER', critical: false } },
    });
    expect(monitor.getHealthSummary('ready')).toMatchObject({ overallHealth: 'HEALTHY', resourceCount: 1 });
  });

  it('says HEALTHY of an empty group and UNKNOWN of an empty registry, whatever the system is', () => {
    const { monitor } = bench({ system: true });
    monitor.start();
    expect(monitor.getHealthSummary('live').overallHealth).toBe('HEALTHY');
    expect(monitor.getHealthSummary().overallHealth).toBe('UNKNOWN');
    void monitor.stop();
  });

  it('refuses to start when a group names what does not exist', () => {
    const { shelf, monitor } = bench({ groups: { ready: ['ordres'] } });
    shelf.put('orders', new Thing());
    expect(() => monitor.start()).toThrow("'ordres' is neither a resource nor a health check; did you mean 'orders'?");
  });

  it('takes what has no check for healthy once it runs, and for what its state says before', () => {
    const { shelf, monitor } = bench();
    shelf.put('runs', {});
    shelf.put('waits', {}, { state: 'registered' });
    shelf.put('lazy', {}, { state: 'registered', lazy: true });
    shelf.put('failed', {}, { state: 'failed', error: new Error('no route to postgres://me:secret@host') });
    shelf.put('skipped', {}, { state: 'skipped' });
    const { resources } = monitor.getHealthSummary();
    expect(Object.entries(resources).map(([name, { health }]) => `${name} ${health}`)).toEqual([
      'runs HEALTHY',
      'waits UNKNOWN',
      'lazy HEALTHY',
      'failed UNHEALTHY',
      'skipped UNKNOWN',
    ]);
    expect(resources.failed?.reason).toBe('It failed to start: no route to postgres://***@host');
  });

  it('looks at a resource as soon as it has started, and lets its first result count at once', async () => {
    const { clock, shelf, monitor } = bench();
    const db = new Thing();
    shelf.put('db', db, { state: 'starting' });
    monitor.start();
    expect(monitor.getResourceHealth('db')).toBe('UNKNOWN');
    shelf.put('db', db);
    await clock.advance(0);
    expect(monitor.getResourceHealth('db')).toBe('HEALTHY');
  });

  it('judges a resource that took the place of another by its own results', async () => {
    const { clock, shelf, monitor } = bench();
    const before = new Thing();
    shelf.put('db', before);
    monitor.start();
    shelf.take('db');
    shelf.put('db', Object.assign(new Thing(), { health: 'UNHEALTHY' }));
    expect(monitor.getResourceHealth('db')).toBe('UNKNOWN');
    await clock.advance(0);
    expect(monitor.getResourceHealth('db')).toBe('UNHEALTHY');
  });

  it('joins a check that is under way when asked to refresh', async () => {
    const { clock, shelf, monitor } = bench();
    let asked = 0;
    shelf.put('db', {
      check: async () => {
        asked++;
        await new Promise<void>((resolve) => clock.schedule(500, resolve));
        return { status: 'HEALTHY' };
      },
    });
    monitor.start();
    const refreshed = monitor.refresh('db');
    await clock.advance(500);
    await refreshed;
    expect([asked, monitor.getResourceHealth('db')]).toEqual([1, 'HEALTHY']);
  });

  it('spreads checks by the jitter', async () => {
    const { clock, shelf, monitor } = bench({ jitter: 0.5, random: () => 0.99 });
    const db = new Thing();
    shelf.put('db', db);
    monitor.start();
    await clock.advance(14_000);
    expect(db.asked).toBe(1);
    await clock.advance(2_000);
    expect(db.asked).toBe(2);
  });

  it('aborts the checks that run when it stops, leaves no timer behind, and can start again', async () => {
    const { clock, shelf, monitor } = bench();
    const signals: AbortSignal[] = [];
    shelf.put('db', {
      check: ({ signal }) => {
        signals.push(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      },
    });
    monitor.start();
    monitor.start();
    await monitor.stop();
    await monitor.stop();
    await clock.advance(0);
    expect([signals[0]?.aborted, clock.pending, monitor.isRunning]).toEqual([true, 0, false]);
    monitor.start();
    await clock.advance(20_000);
    expect(signals.length).toBeGreaterThan(1);
    await monitor.stop();
  });

  it('keeps no process alive', () => {
    const { clock, shelf, monitor } = bench();
    shelf.put('db', { check: () => new Promise(() => undefined) });
    monitor.start();
    expect(clock.held).toBe(false);
  });

  it('filters by name, type, kind, health, state and group', () => {
    const { shelf, monitor } = bench({ groups: { mail: ['smtp'] } });
    shelf.put('smtp', new Thing());
    shelf.put('payments', Object.assign(new Thing('breaker'), { health: 'DEGRADED' }));
    shelf.put('late', new Thing('task'), { state: 'starting' });
    monitor.start();
    const names = (filter: Parameters<typeof monitor.getMetrics>[0]) =>
      Object.keys(monitor.getMetrics(filter).resources);
    expect(names('smtp')).toEqual(['smtp']);
    expect(names({ type: 'CIRCUIT_BREAKER' })).toEqual(['payments']);
    expect(names({ kind: 'pool' })).toEqual(['smtp']);
    expect(names({ health: 'DEGRADED' })).toEqual(['payments']);
    expect(names({ state: 'starting' })).toEqual(['late']);
    expect(names({ group: 'mail' })).toEqual(['smtp']);
    expect(names({ group: 'mail', kind: 'task' })).toEqual([]);
    expect(names('nobody')).toEqual([]);
  });

  it('remembers figures over time, and forgets them with the resource', async () => {
    const { clock, shelf, monitor } = bench({ history: { size: 3 } });
    let leased = 0;
    shelf.put('db', { getMetrics: () => ({ type: 'pool', name: 'db', leased: leased++ }) });
    monitor.start();
    await clock.advance(40_000);
    const { history = [] } = monitor.getResource('db', { includeHistory: true });
    expect(history.map(({ metrics }) => metrics.leased)).toEqual([2, 3, 4]);
    expect(monitor.memory.used).toBeGreaterThan(0);
    shelf.take('db');
    await clock.advance(0);
    expect(monitor.memory).toMatchObject({ used: 0, watched: 0 });
  });

  it('shows no more of a resource than one wants to see at once', () => {
    const { shelf, monitor } = bench();
    const long = Object.fromEntries(Array.from({ length: 190 }, (_, index) => [`figure${index}`, 'x'.repeat(1_900)]));
    shelf.put('db', {
      getMetrics: () => ({ type: 'pool', name: 'db', ...long }),
      metadata: long,
    } as Resource);
    const { metrics, metadata } = monitor.getResource('db');
    expect(metrics.error).toMatch(/^These are 36\d{4} characters; at most 65536 are shown\.$/);
    expect(metadata.error).toMatch(/at most 65536 are shown/);
  });

  it("makes no column of a name that is somebody's data", async () => {
    const { clock, shelf, monitor } = bench();
    const getMetrics = () => ({ type: 'pool', name: 'db', size: 1, ['x'.repeat(101)]: 2, nested: { deep: 3 } });
    shelf.put('db', { getMetrics });
    monitor.start();
    await clock.advance(0);
    expect(monitor.getHistory('db').figures).toEqual({ size: [1], 'nested.deep': [3] });
    expect(monitor.getFigures().resources.db).toEqual({
      kind: 'custom',
      health: 'HEALTHY',
      figures: { size: 1, 'nested.deep': 3 },
    });
  });

  it('watches without a history what finds no room for one', async () => {
    const { clock, shelf, monitor } = bench({ history: { memory: 0 } });
    shelf.put('db', new Thing());
    monitor.start();
    await clock.advance(20_000);
    expect(monitor.getResource('db', { includeHistory: true })).toMatchObject({ health: 'HEALTHY', history: [] });
    expect(monitor.memory).toMatchObject({ used: 0, watched: 1, withoutHistory: 1 });
  });
});
