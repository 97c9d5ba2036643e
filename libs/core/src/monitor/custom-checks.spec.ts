import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import { ResourceMonitor } from './resource-monitor.js';

function bench() {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock });
  const monitor = new ResourceMonitor(registry, { clock, random: () => 0.5, system: false });
  return { clock, registry, monitor };
}

describe('A registered health check', () => {
  it('is an entry of its own when no resource has its name', () => {
    const { monitor } = bench();
    monitor.registerHealthCheck('disk', () => 'DEGRADED', { critical: true });
    monitor.start();
    expect(monitor.getHealthSummary().resources.disk).toMatchObject({
      health: 'DEGRADED',
      type: 'CUSTOM',
      kind: 'custom',
      critical: true,
      state: 'running',
    });
  });

  it('may answer later, and with details that are shown redacted', async () => {
    const { clock, monitor } = bench();
    monitor.registerHealthCheck('disk', async () => ({
      status: 'UNHEALTHY',
      reason: 'full: postgres://a:b@c/d',
      details: { free: 0, password: 'hunter2' },
    }));
    monitor.start();
    await clock.advance(0);
    expect(monitor.getResource('disk').check).toMatchObject({
      raw: 'UNHEALTHY',
      reason: 'full: postgres://***@c/d',
      details: { free: 0, password: '***' },
    });
  });

  it('follows its own interval, timeout and thresholds', async () => {
    const { clock, monitor } = bench();
    let asked = 0;
    const check = () => (asked++ ? new Promise<never>(() => undefined) : ('HEALTHY' as const));
    monitor.registerHealthCheck('disk', check, { interval: 60_000, timeout: 500, failureThreshold: 1 });
    monitor.start();
    await clock.advance(59_000);
    expect(asked).toBe(1);
    await clock.advance(1_500);
    expect([asked, monitor.getResourceHealth('disk')]).toEqual([2, 'UNHEALTHY']);
  });

  it('joins the groups it names', () => {
    const { monitor } = bench();
    monitor.registerHealthCheck('disk', () => 'HEALTHY', { groups: ['ready'] });
    monitor.start();
    expect(Object.keys(monitor.getHealthSummary('ready').resources)).toEqual(['disk']);
  });

  it('is refused when its name is taken, its options are wrong, or it is no function', () => {
    const { monitor } = bench();
    monitor.registerHealthCheck('disk', () => 'HEALTHY');
    expect(() => monitor.registerHealthCheck('disk', () => 'HEALTHY')).toThrow(/'disk' is registered already/);
    expect(() => monitor.registerHealthCheck('other', () => 'HEALTHY', { interval: 5 })).toThrow(/interval/);
    expect(() => monitor.registerHealthCheck('other', 'HEALTHY' as never)).toThrow(/must be a function/);
    expect(() => monitor.registerHealthCheck('', () => 'HEALTHY')).toThrow(/name/);
  });

  it('is removed by what registering returned, but not one that was registered after it', () => {
    const { monitor } = bench();
    const remove = monitor.registerHealthCheck('disk', () => 'HEALTHY');
    remove();
    monitor.registerHealthCheck('disk', () => 'DEGRADED');
    remove();
    expect(Object.keys(monitor.getHealthSummary().resources)).toEqual(['disk']);
    monitor.unregisterHealthCheck('disk');
    monitor.unregisterHealthCheck('disk');
    expect(monitor.getHealthSummary().resourceCount).toBe(0);
  });
});
