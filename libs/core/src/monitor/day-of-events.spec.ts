import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceEvents } from '../events/resource-events.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import type { Health, ResourceHealth } from '../resource/health.js';
import type { Resource, ResourceListener } from '../resource/resource.js';
import { ResourceMonitor } from './resource-monitor.js';

const STEP = 2_000;
const HOURS = 24;
const HEALTHS: readonly ResourceHealth[] = ['HEALTHY', 'HEALTHY', 'DEGRADED', 'UNHEALTHY'];

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Has a bad day: never says the same twice. */
class Restless implements Resource {
  readonly kind = 'pool';
  private second = 0;
  private listener: ResourceListener | undefined = undefined;

  /** Two seconds of its day: an event, with words that were never said before. */
  live(second: number): void {
    this.second = second;
    const error = Object.assign(new Error(`no ${second}`), { code: `E${second}` });
    const [from, to] = [`state${second % 97}`, `state${second % 89}`];
    if (second % 3 === 0) this.listener?.({ type: 'pool.resource.destroyed', reason: `for reason ${second}` });
    if (second % 3 === 1) this.listener?.({ type: 'pool.create.failed', error });
    if (second % 3 === 2) this.listener?.({ type: 'breaker.state.changed', from, to });
  }

  check(): Health {
    const status = HEALTHS[this.second % HEALTHS.length] ?? 'HEALTHY';
    if (this.second % 50 === 7) throw new Error(`second ${this.second}`);
    return { status, reason: `because of second ${this.second}`, details: { second: this.second } };
  }

  getMetrics() {
    return { type: 'pool', name: 'restless', leased: this.second % 10, [`figure${this.second % 500}`]: this.second };
  }

  observe(listener: ResourceListener): () => void {
    this.listener = listener;
    return () => (this.listener = undefined);
  }
}

it('A day of events leaves memory flat, whatever they say and whoever comes and goes', async () => {
  const clock = new ManualClock();
  const events = new ResourceEvents({ clock });
  const registry = new ResourceRegistry({ clock, events });
  const monitor = new ResourceMonitor(registry, {
    clock,
    system: false,
    random: () => 0.5,
    history: { memory: 1_000_000 },
  });
  const restless = ['a', 'b', 'c'].map((name) => registry.register(name, new Restless()));
  await registry.start();
  monitor.start();
  let second = 0;
  const hour = async (): Promise<number> => {
    for (let minute = 0; minute < 60; minute++) {
      const guest = `guest ${second}`;
      registry.register(guest, new Restless());
      monitor.registerHealthCheck(`check ${second}`, () => 'HEALTHY');
      for (let left = 30; left > 0; left--) {
        second++;
        for (const one of restless) one.live(second);
        clock.advanceSync(STEP);
      }
      monitor.unregisterHealthCheck(`check ${second - 30}`);
      await registry.unregister(guest);
      await clock.advance(0);
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };

  await hour();
  const early = await hour();
  const { used } = monitor.memory;
  let late = 0;
  for (let left = HOURS - 2; left > 0; left--) late = await hour();

  expect(events.lastSequence).toBeGreaterThan(HOURS * 1_800 * 3);
  expect(monitor.memory).toMatchObject({ used, watched: 3 });
  expect(events.since(0)).toHaveLength(1_000);
  const { transitions, history = [] } = monitor.getResource('a', { includeHistory: true });
  expect([transitions.length <= 100, history.length]).toEqual([true, 360]);
  const { destroyed, createFailures, transitions: ways } = monitor.getTally('a') ?? {};
  for (const counted of [destroyed, createFailures, ways]) expect(counted?.size).toBeLessThanOrEqual(21);
  expect((late - early) / 1_000_000).toBeLessThan(1);
  await monitor.stop();
  await registry.close();
}, 300_000);
