import { CircuitBreaker } from '@nestjs-resources/core';
import {
  circuitBreaker,
  ConsecutiveBreaker,
  handleAll,
  retry as cockatielRetry,
  SamplingBreaker,
  timeout as cockatielTimeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import Opossum from 'opossum';

import { measure, print } from '../harness.js';
import { breakerMemory } from './breaker-memory.js';
import { decorator } from './decorator.bench.js';

const LONG = 3_600_000;

async function call(): Promise<number> {
  return 42;
}

async function callWith({ signal }: { readonly signal: AbortSignal }): Promise<number> {
  return signal.aborted ? 0 : 42;
}

async function failingCall(): Promise<never> {
  throw failure;
}

const failure = new Error('the service is down');

/** Everything the circuit breaker is judged by, beside its peers, in one run. */
export async function run(): Promise<void> {
  await closed();
  await timeWindow();
  await composed();
  await open();
  await failing();
  await decorator();
  await breakerMemory();
}

async function closed(): Promise<void> {
  const ours = new CircuitBreaker({ name: 'ours' });
  const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: LONG, breaker: new ConsecutiveBreaker(5) });
  const opossum = new Opossum(call, { timeout: false });
  const measured = await measure({
    title: 'closed',
    runs: 100_000,
    contestants: [
      { name: 'bare call', run: call },
      { name: 'cockatiel', run: () => cockatiel.execute(call) },
      { name: 'nestjs-resources', run: () => ours.execute(call) },
      { name: 'opossum', run: () => opossum.fire() },
    ],
  });
  opossum.shutdown();
  print('Closed, consecutive failures', measured, 'cockatiel');
}

async function timeWindow(): Promise<void> {
  const ours = new CircuitBreaker({
    name: 'ours',
    trip: { window: 'time', duration: 10_000, minimumCalls: 20, failureRate: 50, slowRate: 100 },
    outcome: { slowAfter: 1_000 },
  });
  const count = new CircuitBreaker({ name: 'count', trip: { window: 'count', size: 100 } });
  const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: LONG, breaker: new ConsecutiveBreaker(5) });
  const sampling = circuitBreaker(handleAll, {
    halfOpenAfter: LONG,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
  });
  const measured = await measure({
    title: 'time window',
    runs: 100_000,
    contestants: [
      { name: 'cockatiel', run: () => cockatiel.execute(call) },
      { name: 'cockatiel, sampling', run: () => sampling.execute(call) },
      { name: 'nestjs-resources, count window', run: () => count.execute(call) },
      { name: 'nestjs-resources, time window with slow call rate', run: () => ours.execute(call) },
    ],
  });
  print('Closed, windows', measured, 'cockatiel');
}

async function composed(): Promise<void> {
  const ours = new CircuitBreaker({ name: 'ours', timeout: 1_000, retry: { attempts: 3 } });
  const policies = [
    cockatielRetry(handleAll, { maxAttempts: 2 }),
    circuitBreaker(handleAll, { halfOpenAfter: LONG, breaker: new ConsecutiveBreaker(5) }),
    cockatielTimeout(1_000, TimeoutStrategy.Aggressive),
  ] as const;
  const cockatiel = wrap(...policies);
  const measured = await measure({
    title: 'composed',
    runs: 10_000,
    contestants: [
      { name: 'cockatiel wrap', run: () => cockatiel.execute(call) },
      { name: 'nestjs-resources', run: () => ours.execute(call) },
      { name: 'nestjs-resources, work reads its signal', run: () => ours.execute(callWith) },
    ],
  });
  print('Breaker, timeout and retry', measured, 'cockatiel wrap');
}

async function open(): Promise<void> {
  const ours = new CircuitBreaker({ name: 'ours', recoveryTimeout: LONG });
  const traced = new CircuitBreaker({ name: 'traced', recoveryTimeout: LONG, stackTraces: true });
  const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: LONG, breaker: new ConsecutiveBreaker(5) });
  const opossum = new Opossum(failingCall, { timeout: false, resetTimeout: LONG });
  for (let left = 5; left > 0; left--) {
    await settled(ours.execute(failingCall));
    await settled(traced.execute(failingCall));
    await settled(cockatiel.execute(failingCall));
    await settled(opossum.fire());
  }
  const measured = await measure({
    title: 'open',
    runs: 20_000,
    contestants: [
      { name: 'cockatiel', run: () => settled(cockatiel.execute(call)) },
      { name: 'nestjs-resources', run: () => settled(ours.execute(call)) },
      { name: 'nestjs-resources, stackTraces: true', run: () => settled(traced.execute(call)) },
      { name: 'opossum', run: () => settled(opossum.fire()) },
    ],
  });
  opossum.shutdown();
  print('Rejected while open', measured, 'cockatiel');
}

async function failing(): Promise<void> {
  const ours = new CircuitBreaker({ name: 'ours', failureThreshold: Number.MAX_SAFE_INTEGER });
  const cockatiel = circuitBreaker(handleAll, {
    halfOpenAfter: LONG,
    breaker: new ConsecutiveBreaker(Number.MAX_SAFE_INTEGER),
  });
  const measured = await measure({
    title: 'failing',
    runs: 50_000,
    contestants: [
      { name: 'cockatiel', run: () => settled(cockatiel.execute(failingCall)) },
      { name: 'nestjs-resources', run: () => settled(ours.execute(failingCall)) },
    ],
  });
  print('Failing while closed', measured, 'cockatiel');
}

function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch(ignore);
}

function ignore(): void {
  // Its cost is measured, its content is not of interest.
}
