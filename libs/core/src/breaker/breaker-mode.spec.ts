import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { ResourceEvent } from '../resource/resource.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import { CircuitBreakerOpenError } from './circuit-breaker-open.error.js';
import { CircuitBreaker } from './circuit-breaker.js';

const boom = new Error('boom');
const fail = (): Promise<never> => Promise.reject(boom);
const succeed = (): Promise<string> => Promise.resolve('fine');

function breakerOf(options: CircuitBreakerOptions = {}): {
  breaker: CircuitBreaker;
  clock: ManualClock;
  events: ResourceEvent[];
} {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ name: 'payments', clock, failureThreshold: 2, ...options });
  const events: ResourceEvent[] = [];
  breaker.observe((event) => events.push(event));
  return { breaker, clock, events };
}

async function failTimes(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let left = times; left > 0; left--) await breaker.execute(fail).catch(() => undefined);
}

describe('Mode forced_open', () => {
  it('refuses every call, says why, and leaves the engine as it is', async () => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 1);
    breaker.setMode('forced_open', { reason: 'the provider migrates' });
    await expect(breaker.execute(succeed)).rejects.toMatchObject({
      code: 'CIRCUIT_OPEN',
      state: 'open',
      retryAfter: Infinity,
      message:
        "Circuit breaker 'payments' is open: an operator holds it open (the provider migrates). " +
        'Calls are let through again when an operator changes its mode.',
    });
    await clock.advance(1e9);
    expect(breaker.getMetrics()).toMatchObject({
      state: 'closed',
      mode: 'forced_open',
      modeReason: 'the provider migrates',
      failureCount: 1,
      retryAfter: Infinity,
    });
    breaker.setMode('auto');
    await failTimes(breaker, 1);
    expect(breaker.state).toBe('open');
  });

  it('does not forget that the circuit was open', async () => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 2);
    breaker.setMode('forced_open', { ttl: 10_000 });
    expect(breaker.retryAfter).toBe(30_000);
    await clock.advance(10_000);
    expect(breaker.mode).toBe('auto');
    expect(breaker.retryAfter).toBe(20_000);
  });
});

describe('Mode metrics_only', () => {
  it('lets every call through and tells once what would have opened the circuit', async () => {
    const { breaker, events } = breakerOf();
    breaker.setMode('metrics_only', { reason: 'trying the threshold' });
    await failTimes(breaker, 10);
    expect(breaker.state).toBe('closed');
    expect(breaker.getMetrics()).toMatchObject({ totalFailures: 10, failureCount: 10, rejected: 0, retryAfter: 0 });
    expect(events.filter(({ type }) => type === 'breaker.rate.exceeded')).toHaveLength(1);
    expect(breaker.check()).toMatchObject({ status: 'HEALTHY', details: { mode: 'metrics_only' } });
  });

  it('does not open at once by an outcome', async () => {
    const { breaker } = breakerOf({ outcome: { openFor: () => 1_000 } });
    breaker.setMode('metrics_only');
    await breaker.execute(succeed);
    expect(breaker.state).toBe('closed');
  });

  it('lets calls through an open circuit, and counts anew when it ends', async () => {
    const { breaker, events } = breakerOf();
    await failTimes(breaker, 2);
    breaker.setMode('metrics_only');
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
    await failTimes(breaker, 5);
    breaker.setMode('auto');
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', failureCount: 0 });
    await failTimes(breaker, 2);
    expect(breaker.state).toBe('open');
    expect(events.filter(({ type }) => type === 'breaker.state.changed').map(({ to, reason }) => [to, reason])).toEqual(
      [
        ['open', 'consecutive failures'],
        ['closed', 'mode'],
        ['open', 'consecutive failures'],
      ],
    );
  });
});

describe('Mode disabled', () => {
  it('lets every call through and counts none', async () => {
    const { breaker } = breakerOf();
    await failTimes(breaker, 1);
    breaker.setMode('disabled');
    await failTimes(breaker, 10);
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
    expect(breaker.getMetrics()).toMatchObject({ totalSuccesses: 0, totalFailures: 1, failureCount: 1 });
    expect(breaker.check().status).toBe('HEALTHY');
  });

  it('calls that began while it was disabled count nowhere, also if they end later', async () => {
    const { breaker } = breakerOf({ failureThreshold: 1 });
    breaker.setMode('disabled');
    let end: (error: Error) => void = () => undefined;
    const call = breaker.execute(() => new Promise<void>((_, reject) => (end = reject)));
    breaker.setMode('auto');
    end(boom);
    await expect(call).rejects.toBe(boom);
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', totalFailures: 0 });
  });
});

describe('A mode with a time to live', () => {
  it('reverts to the lasting mode before it, by whoever looks next, without a timer', async () => {
    const { breaker, clock, events } = breakerOf();
    breaker.setMode('disabled', { reason: 'load test' });
    breaker.setMode('forced_open', { ttl: 1_000, reason: 'first' });
    breaker.setMode('metrics_only', { ttl: 2_000, reason: 'second' });
    expect(clock.pending).toBe(0);
    await clock.advance(1_999);
    expect(breaker.mode).toBe('metrics_only');
    await clock.advance(1);
    expect(breaker.mode).toBe('disabled');
    expect(breaker.getMetrics().modeReason).toBe('load test');
    expect(events.filter(({ type }) => type === 'breaker.mode.changed')).toEqual([
      { type: 'breaker.mode.changed', from: 'auto', to: 'disabled', reason: 'load test' },
      { type: 'breaker.mode.changed', from: 'disabled', to: 'forced_open', reason: 'first' },
      { type: 'breaker.mode.changed', from: 'forced_open', to: 'metrics_only', reason: 'second' },
      { type: 'breaker.mode.changed', from: 'metrics_only', to: 'disabled', reason: 'its time is over' },
    ]);
  });

  it('is over also if the first who looks is the one who sets the next', async () => {
    const { breaker, clock, events } = breakerOf();
    breaker.setMode('forced_open', { ttl: 1_000 });
    await clock.advance(1_000);
    breaker.setMode('metrics_only', { ttl: 1_000 });
    expect(events.filter(({ type }) => type === 'breaker.mode.changed').map(({ from, to }) => [from, to])).toEqual([
      ['auto', 'forced_open'],
      ['forced_open', 'auto'],
      ['auto', 'metrics_only'],
    ]);
  });

  it('tells the caller when it will be over', async () => {
    const { breaker, clock } = breakerOf();
    breaker.setMode('forced_open', { ttl: 5_000 });
    await clock.advance(2_000);
    await expect(breaker.execute(succeed)).rejects.toMatchObject({ retryAfter: 3_000 });
    await clock.advance(3_000);
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
  });

  it.each([
    ['disabled', 5_000],
    ['auto', 30_000],
    ['forced_open', Infinity],
  ] as const)('over a lasting %s tells the caller when a call really passes: in %s ms', async (lasting, retryAfter) => {
    const { breaker, clock } = breakerOf();
    await failTimes(breaker, 2);
    breaker.setMode(lasting);
    breaker.setMode('forced_open', { ttl: 5_000 });
    await expect(breaker.execute(succeed)).rejects.toMatchObject({ retryAfter });
    if (retryAfter === Infinity) return;
    await clock.advance(retryAfter - 1);
    await expect(breaker.execute(succeed)).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    await clock.advance(1);
    await expect(breaker.execute(succeed)).resolves.toBe('fine');
  });

  it('set again, lasts from then on', async () => {
    const { breaker, clock } = breakerOf();
    breaker.setMode('forced_open', { ttl: 1_000 });
    await clock.advance(900);
    breaker.setMode('forced_open', { ttl: 1_000 });
    await clock.advance(900);
    expect(breaker.mode).toBe('forced_open');
    await clock.advance(100);
    expect(breaker.mode).toBe('auto');
  });
});

describe('The health of a breaker', () => {
  it.each([
    ['closed', async () => undefined, 'HEALTHY', undefined],
    ['open', (breaker: CircuitBreaker) => failTimes(breaker, 2), 'UNHEALTHY', 'open, the next trial is in 30000 ms'],
    [
      'forced open',
      async (breaker: CircuitBreaker) => breaker.setMode('forced_open', { reason: 'migration' }),
      'DEGRADED',
      'held open by an operator: migration',
    ],
    [
      'half open',
      async (breaker: CircuitBreaker, clock: ManualClock) => {
        await failTimes(breaker, 2);
        await clock.advance(30_000);
        void breaker.execute(() => new Promise<never>(() => undefined));
      },
      'DEGRADED',
      'trial calls are under way',
    ],
  ] as const)('is told when it is %s', async (_, arrange, status, reason) => {
    const { breaker, clock } = breakerOf();
    await arrange(breaker, clock);
    const health = breaker.check();
    expect(health.status).toBe(status);
    expect(health.reason).toBe(reason);
  });

  it('names the last failure, not its message', async () => {
    const { breaker } = breakerOf();
    const error = new RangeError('password=hunter2');
    await breaker.execute(() => Promise.reject(error)).catch(() => undefined);
    const { details } = breaker.check();
    expect(details).toEqual({
      state: 'closed',
      mode: 'auto',
      failureCount: 1,
      failureThreshold: 2,
      failureRate: null,
      slowRate: null,
      rejected: 0,
      retryAfter: 0,
      lastFailure: 'RangeError',
    });
  });
});
