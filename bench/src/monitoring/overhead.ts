import { ConnectionPool, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/core';
import { registerResourceMetrics } from '@nestjs-resources/monitoring/prometheus';
import { Registry } from 'prom-client';

import { measure, print, type Contestant } from '../harness.js';

const TITLE = 'Acquire and release, watched or not';
const RUNS = 10_000;
const ROUNDS = 301;
const NEVER = 1_000_000_000;
const SCRAPE_EVERY = 5_000;

/**
 * Acquire and release of a pool that nobody watches and that samples nothing, and of the same pool in a registry whose
 * monitor checks and samples it as often as it can be told to, and which is scraped: without histograms, with sampled ones,
 * with every call measured. What a pool counts it counts in all of them.
 */
export async function overhead(): Promise<void> {
  const alone = pool('alone', NEVER);
  const counted = pool('counters', NEVER);
  const sampled = pool('sampled histograms', undefined);
  const everyCall = pool('every call measured', 1);
  const registry = new ResourceRegistry();
  for (const watched of [counted, sampled, everyCall]) registry.register(watched.name, watched);
  await registry.start();
  const monitor = new ResourceMonitor(registry, { interval: 1_000, history: { interval: 1_000 } });
  monitor.start();
  const register = new Registry();
  registerResourceMetrics({ registry, monitor }, { register });
  const scraping = setInterval(() => void register.metrics(), SCRAPE_EVERY);
  const contestants = [alone, counted, sampled, everyCall].map(contestant);
  const measured = await measure({ title: TITLE, runs: RUNS, rounds: ROUNDS, contestants });
  print(TITLE, measured, 'alone');
  clearInterval(scraping);
  await monitor.stop();
  await registry.close();
  await alone.close();
}

function pool(name: string, sampleEvery: number | undefined): ConnectionPool<object> {
  const metrics = sampleEvery === undefined ? {} : { metrics: { sampleEvery } };
  return new ConnectionPool({ name, create: () => ({}), maxSize: 10, ...metrics });
}

function contestant(shared: ConnectionPool<object>): Contestant {
  return {
    name: shared.name,
    run: async () => {
      const lease = await shared.acquire();
      lease.release();
    },
  };
}
