import { describe, expect, it } from '@jest/globals';

import { CircuitBreaker } from '../breaker/circuit-breaker.js';
import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import { ResourceMonitor } from './resource-monitor.js';

function bench() {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock });
  const monitor = new ResourceMonitor(registry, { clock, system: false });
  return { clock, registry, monitor };
}

describe('A tally of events', () => {
  it('says why a pool has destroyed what it had', async () => {
    const { registry, monitor } = bench();
    const pool = registry.register('smtp', new ConnectionPool({ name: 'smtp', create: () => ({}), minSize: 2 }));
    await registry.start();
    const lease = await pool.acquire();
    lease.destroy('it said 421');
    await pool.evict();
    const { destroyed, startTook } = monitor.getTally('smtp') ?? {};
    expect(Object.fromEntries(destroyed ?? [])).toMatchObject({ 'it said 421': 1, evicted: expect.any(Number) });
    expect([...(destroyed ?? [])].reduce((sum, [, count]) => sum + count, 0)).toBe(pool.getMetrics().destroyed);
    expect(startTook).toBe(0);
    await pool.close();
  });

  it('tells errors apart by code or name, never by message, and not by more than twenty of them', () => {
    const { registry, monitor } = bench();
    registry.register('db', {});
    const fail = (error: unknown) => registry.events.publish({ resource: 'db' }, { type: 'pool.create.failed', error });
    fail(Object.assign(new Error('password=hunter2'), { code: 'ECONNREFUSED' }));
    fail(Object.assign(new Error('too many'), { code: 53_300 }));
    fail(new TypeError('x'));
    fail(Object.assign(new Error('x'), { name: 'a name that is a whole sentence' }));
    fail('a text');
    for (let code = 0; code < 100; code++) fail(Object.assign(new Error('x'), { code: `E${code}` }));
    const failures = monitor.getTally('db')?.createFailures ?? new Map<string, number>();
    expect([...failures].slice(0, 4)).toEqual([
      ['ECONNREFUSED', 1],
      ['53300', 1],
      ['TypeError', 1],
      ['other', expect.any(Number)],
    ]);
    expect(failures.size).toBe(20);
    expect([...failures.values()].reduce((sum, count) => sum + count, 0)).toBe(105);
  });

  it('says which way a circuit went, and how long it has been open', async () => {
    const { clock, registry, monitor } = bench();
    const breaker = new CircuitBreaker({ name: 'payments', failureThreshold: 1, recoveryTimeout: 1_000, clock });
    registry.register('payments', breaker);
    const call = (work: () => string) => breaker.execute(work).catch(() => 'failed');
    const fail = (): never => {
      throw new Error('down');
    };
    await call(fail);
    await clock.advance(400);
    expect(monitor.getTally('payments')?.openFor).toBe(400);
    await clock.advance(600);
    await call(() => 'up');
    await clock.advance(5_000);
    const { transitions, openFor } = monitor.getTally('payments') ?? {};
    expect(Object.fromEntries(transitions ?? [])).toEqual({
      'closed open': 1,
      'open half_open': 1,
      'half_open closed': 1,
    });
    expect(openFor).toBe(1_000);
  });

  it('counts closings that failed, and forgets what is unregistered, also what is told of it afterwards', async () => {
    const { registry, monitor } = bench();
    registry.register('db', {});
    const tell = () => registry.events.publish({ resource: 'db' }, { type: 'resource.close.failed', error: 'x' });
    tell();
    expect(monitor.getTally('db')?.closeFailures).toBe(1);
    await registry.unregister('db');
    tell();
    registry.register('db', {});
    expect(monitor.getTally('db')).toBeUndefined();
  });
});
