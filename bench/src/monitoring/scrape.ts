import { CircuitBreaker, ConnectionPool, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/core';
import { registerResourceMetrics } from '@nestjs-resources/monitoring/prometheus';
import { Registry } from 'prom-client';

const SIZES = [125, 250, 500, 1_000];
const ROUNDS = 9;

interface Times {
  readonly size: number;
  readonly beat: number;
  readonly summary: number;
  readonly scrape: number;
  readonly kilobytes: number;
}

/** As many pools and as many breakers: one round of checks, one summary, one scrape. */
export async function scrape(): Promise<void> {
  process.stdout.write('\n### Pools and as many breakers\n\n');
  process.stdout.write(
    '| pools + breakers | all checks (ms) | summary (ms) | scrape (ms) | µs per resource | scrape (KB) |\n',
  );
  process.stdout.write('| ---: | ---: | ---: | ---: | ---: | ---: |\n');
  const all: Times[] = [];
  for (const size of [SIZES[0] ?? 1, ...SIZES]) all.push(await timesOf(size));
  for (const times of all.slice(1)) process.stdout.write(`${row(times)}\n`);
  const [first, last] = [all.at(1), all.at(-1)];
  if (!first || !last) return;
  const growth = Math.log(last.scrape / first.scrape) / Math.log(last.size / first.size);
  process.stdout.write(`\nA scrape grows with resources ^ ${growth.toFixed(2)}; 1 is linear.\n`);
}

async function timesOf(size: number): Promise<Times> {
  const registry = new ResourceRegistry();
  for (let index = 0; index < size; index++) {
    registry.register(`pool${index}`, new ConnectionPool({ name: `pool${index}`, create: () => ({}) }));
    registry.register(`breaker${index}`, new CircuitBreaker({ name: `breaker${index}` }));
  }
  await registry.start();
  const monitor = new ResourceMonitor(registry);
  monitor.start();
  const register = new Registry();
  registerResourceMetrics({ registry, monitor }, { register });
  const times = {
    size,
    beat: await best(() => monitor.refresh()),
    summary: await best(() => monitor.getHealthSummary()),
    scrape: await best(() => register.metrics()),
    kilobytes: (await register.metrics()).length / 1_000,
  };
  await monitor.stop();
  await registry.close();
  return times;
}

/** Milliseconds of the round with the least noise. */
async function best(run: () => unknown): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await run();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

function row({ size, beat, summary, scrape: scraped, kilobytes }: Times): string {
  const each = (scraped * 1_000) / (2 * size);
  const cells = [`${size} + ${size}`, beat.toFixed(1), summary.toFixed(1), scraped.toFixed(1), each.toFixed(1)];
  return `| ${[...cells, kilobytes.toFixed(0)].join(' | ')} |`;
}
