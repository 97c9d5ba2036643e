import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceEvents } from '../events/resource-events.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import type { ResourceHealth } from '../resource/health.js';
import type { ResourceMonitorOptions } from './monitor-options.js';
import { ResourceMonitor } from './resource-monitor.js';

/** Watches `count` resources that answer what `answers` holds, in turn, and then its last one for ever. */
async function watch(options: ResourceMonitorOptions, answers: (ResourceHealth | 'hang')[] = ['HEALTHY'], count = 1) {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock, events: new ResourceEvents({ clock }) });
  const seen = { asked: 0 };
  const check = () => {
    const answer = answers[Math.min(seen.asked++, answers.length - 1)] ?? 'HEALTHY';
    return answer === 'hang' ? new Promise<never>(() => undefined) : { status: answer };
  };
  for (let index = 0; index < count; index++) registry.register(`r${index}`, { kind: 'pool', check });
  await registry.start();
  const monitor = new ResourceMonitor(registry, { clock, random: () => 0.5, system: false, ...options });
  monitor.start();
  return { clock, registry, monitor, seen };
}

describe('The option', () => {
  it('interval says how often a healthy resource is asked', async () => {
    const { clock, seen } = await watch({ interval: 20_000 });
    await clock.advance(59_000);
    expect(seen.asked).toBe(3);
  });

  it('downInterval says how often any other is asked', async () => {
    const { clock, seen } = await watch({ downInterval: 5_000 }, ['DEGRADED']);
    await clock.advance(14_000);
    expect(seen.asked).toBe(3);
  });

  it('timeout says how long a check may take', async () => {
    const { clock, monitor } = await watch({ timeout: 300 }, ['hang']);
    await clock.advance(299);
    expect(monitor.getResourceHealth('r0')).toBe('UNKNOWN');
    await clock.advance(1);
    expect(monitor.getResourceHealth('r0')).toBe('UNHEALTHY');
  });

  it('concurrency says how many checks run at once', async () => {
    const { seen } = await watch({ concurrency: 2 }, ['hang'], 5);
    expect(seen.asked).toBe(2);
  });

  it('failureThreshold says how many bad answers it takes', async () => {
    const { clock, monitor } = await watch({ failureThreshold: 1 }, ['HEALTHY', 'UNHEALTHY']);
    await clock.advance(10_000);
    expect(monitor.getResourceHealth('r0')).toBe('UNHEALTHY');
  });

  it('successThreshold says how many good answers it takes', async () => {
    const { clock, monitor } = await watch({ successThreshold: 1 }, ['UNHEALTHY', 'HEALTHY']);
    await clock.advance(3_000);
    expect(monitor.getResourceHealth('r0')).toBe('HEALTHY');
  });

  it('history.interval says how often a sample is taken', async () => {
    const { clock, monitor } = await watch({ history: { interval: 2_000 } });
    await clock.advance(8_000);
    expect(monitor.getHistory('r0').t).toHaveLength(5);
  });

  it('events says where changes are told', async () => {
    const events = new ResourceEvents();
    const { registry } = await watch({ events });
    expect(events.since(0)).toMatchObject([{ type: 'health.changed', resource: 'r0', kind: 'pool' }]);
    expect(registry.events.since(0, { type: 'health.*' })).toEqual([]);
  });

  it('system says whether there is an entry for the process', async () => {
    const { monitor } = await watch({ system: true });
    expect(monitor.getResource('system')).toMatchObject({
      type: 'SYSTEM',
      critical: false,
      metadata: { pid: process.pid },
      metrics: { cpuCount: expect.any(Number), memoryTotal: expect.any(Number), heapPercent: expect.any(Number) },
    });
    await monitor.stop();
  });
});

describe('ResourceMonitor', () => {
  it('refuses options that cannot work, all at once', () => {
    const registry = new ResourceRegistry();
    const wrong = () =>
      new ResourceMonitor(registry, {
        interval: 10,
        jitter: 2,
        concurrency: 0,
        intervall: 3,
        groups: { ready: 'some' },
        history: { size: 0 },
      } as never);
    for (const problem of [
      /interval: must be milliseconds of at least 1000, got 10/,
      /jitter: must be a number/,
      /concurrency: must be a whole number/,
      /intervall: is not an option; did you mean 'interval'/,
      /groups: 'ready' must be a list of names, 'critical' or 'all'/,
      /history.size: must be a whole number/,
    ]) {
      expect(wrong).toThrow(problem);
    }
  });
});
