import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { describeOptions } from '../options/describe-options.js';
import type { OptionTable } from '../options/option-spec.js';
import { OptionsError } from '../options/options.error.js';
import type { CircuitBreakerOptions } from './breaker-options.js';
import { circuitBreakerOptionTable } from './breaker-options.table.js';
import { CircuitBreaker } from './circuit-breaker.js';

function problemsOf(options: object): Record<string, string> {
  try {
    new CircuitBreaker({ name: 'payments', ...options } as CircuitBreakerOptions & { name: string });
  } catch (error) {
    return Object.fromEntries((error as OptionsError).problems.map(({ option, problem }) => [option, problem]));
  }
  return {};
}

const fail = (): Promise<never> => Promise.reject(new Error('boom'));

describe('The options of a breaker', () => {
  it('can all be left out', () => {
    expect(problemsOf({})).toEqual({});
  });

  it('are refused all at once, by name and with what would be right', () => {
    expect(
      problemsOf({
        failureTreshold: 3,
        recoveryTimeout: { initial: 100, max: 50 },
        trip: { window: 'time', failureRate: 0 },
        timeout: 0,
        retry: { attempts: 0, delay: -1 },
        bulkhead: { maxConcurrent: 0 },
        outcome: { slowAfter: '1s' },
        clock: {},
      }),
    ).toEqual({
      failureTreshold: "is not an option; did you mean 'failureThreshold'?",
      recoveryTimeout: 'max must be at least initial (100), got 50',
      'trip.failureRate': 'must be percent, above 0 up to 100, got 0',
      timeout: expect.stringContaining('must be milliseconds above 0'),
      'retry.attempts': expect.stringContaining('at least 1'),
      'retry.delay': expect.stringContaining('backoff options'),
      'bulkhead.maxConcurrent': expect.stringContaining('at least 1'),
      'outcome.slowAfter': expect.stringContaining("got '1s'"),
      clock: 'must be a Clock, got an object (Object)',
    });
  });

  it('name the breaker in the error', () => {
    expect(() => new CircuitBreaker({ name: 'payments', timeout: -1 })).toThrow(
      /^Circuit breaker 'payments': timeout: /,
    );
    expect(() => new CircuitBreaker({} as { name: string })).toThrow('name: is required');
  });

  it('that contradict each other are refused', () => {
    expect(problemsOf({ trip: {} })).toHaveProperty(['trip.window']);
    expect(problemsOf({ trip: { window: 'count', rule: () => undefined } })).toHaveProperty(['trip.rule']);
    expect(problemsOf({ trip: { window: 'count', size: 10, minimumCalls: 11 } })).toHaveProperty(['trip.minimumCalls']);
    expect(problemsOf({ trip: { window: 'count', slowRate: 50 } })).toHaveProperty(['outcome.slowAfter']);
    expect(problemsOf({ recoveryTimeout: { initial: 100 } })).toEqual({ recoveryTimeout: 'max is required' });
  });

  it('a ratio is not taken for a percentage by mistake', () => {
    expect(problemsOf({ trip: { window: 'count', failureRate: 0.5 } })).toEqual({});
    expect(problemsOf({ trip: { window: 'count', failureRate: 101 } })).toHaveProperty(['trip.failureRate']);
  });

  it('are each described', () => {
    const undescribed = (table: OptionTable, path: string): string[] =>
      Object.entries(table.specs).flatMap(([name, spec]) => {
        const nested = spec.kind === 'group' ? undescribed(spec.table, `${path}${name}.`) : [];
        return spec.description === '' ? [`${path}${name}`, ...nested] : nested;
      });
    expect(undescribed(circuitBreakerOptionTable, '')).toEqual([]);
  });

  it('stand in the documentation as they are here', () => {
    const page = readFileSync(new URL('../../../../docs/options/breaker.md', import.meta.url), 'utf8');
    for (const { option, absent, description } of describeOptions(circuitBreakerOptionTable)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${option}\` `));
      expect(row).toContain(description);
      expect(row).toContain(absent);
    }
  });

  it('stackTraces: without it a refusal has none, with it it tells who called', async () => {
    for (const stackTraces of [false, true]) {
      const breaker = new CircuitBreaker({
        name: 'payments',
        clock: new ManualClock(),
        failureThreshold: 1,
        stackTraces,
      });
      await breaker.execute(fail).catch(() => undefined);
      const error = await breaker.execute(fail).catch((thrown: Error) => thrown);
      expect(/breaker-options\.spec/.test(String((error as Error).stack))).toBe(stackTraces);
      expect((error as Error).stack).toContain("Circuit breaker 'payments' is open");
    }
  });

  it('historySize: 0 remembers nothing', async () => {
    const breaker = new CircuitBreaker({
      name: 'payments',
      clock: new ManualClock(),
      failureThreshold: 1,
      historySize: 0,
    });
    await breaker.execute(fail).catch(() => undefined);
    expect(breaker.history()).toEqual([]);
  });
});
