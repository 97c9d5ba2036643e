import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { CircuitBreaker } from '@nestjs-resources/core';
import { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel';
import Opossum from 'opossum';

const HOW_MANY = 10_000;

/** Bytes and timers per breaker, with as many named breakers as a service with a breaker per tenant may have. */
export async function breakerMemory(): Promise<void> {
  const call = (): Promise<number> => Promise.resolve(42);
  const rows = [
    await weigh('nestjs-resources, not yet called', (index) => new CircuitBreaker({ name: `tenant-${index}` })),
    await weigh('nestjs-resources, called once', async (index) => {
      const breaker = new CircuitBreaker({ name: `tenant-${index}` });
      await breaker.execute(call);
      return breaker;
    }),
    await weigh('nestjs-resources, time window, called once', async (index) => {
      const breaker = new CircuitBreaker({ name: `tenant-${index}`, trip: { window: 'time' } });
      await breaker.execute(call);
      return breaker;
    }),
    await weigh('cockatiel (no name), called once', async () => {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(5) });
      await breaker.execute(call);
      return breaker;
    }),
    await weigh('opossum', (index) => new Opossum(call, { timeout: false, name: `tenant-${index}` })),
  ];
  const lines = ['|  | bytes each | timers of all |', '| --- | ---: | ---: |', ...rows];
  process.stdout.write(`\n### ${HOW_MANY} breakers\n\n${lines.join('\n')}\n`);
}

async function weigh(name: string, make: (index: number) => unknown): Promise<string> {
  const kept: unknown[] = Array.from({ length: HOW_MANY });
  const [before, timersBefore] = [heap(), timers()];
  for (let index = 0; index < HOW_MANY; index++) kept[index] = await make(index);
  const [bytes, made] = [(heap() - before) / HOW_MANY, timers() - timersBefore];
  for (const breaker of kept) if (breaker instanceof Opossum) breaker.shutdown();
  return `| ${name} | ${bytes.toFixed(0)} | ${made} |`;
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
