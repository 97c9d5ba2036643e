import { ConnectionPool, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/core';

import { measure, print, type Contestant } from '../harness.js';

const TITLE = 'Acquire and release, watched or not';
const RUNS = 200_000;

/**
 * Acquire and release of a pool that nobody watches, and of the same pool in a registry whose monitor checks and samples it
 * as often as it can be told to.
 */
export async function overhead(): Promise<void> {
  const alone = pool('alone');
  const watched = pool('watched');
  const registry = new ResourceRegistry();
  registry.register('watched', watched);
  await registry.start();
  const monitor = new ResourceMonitor(registry, { interval: 1_000, history: { interval: 1_000 } });
  monitor.start();
  const contestants = [contestant('alone', alone), contestant('watched', watched)];
  const measured = await measure({ title: TITLE, runs: RUNS, rounds: 11, contestants });
  print(TITLE, measured, 'alone');
  await monitor.stop();
  await registry.close();
  await alone.close();
}

function pool(name: string): ConnectionPool<object> {
  return new ConnectionPool({ name, create: () => ({}), maxSize: 10 });
}

function contestant(name: string, shared: ConnectionPool<object>): Contestant {
  return {
    name,
    run: async () => {
      const lease = await shared.acquire();
      lease.release();
    },
  };
}
