import { describe, expect, it } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  CircuitBreakerService,
  ManualClock,
  ResourceEvents,
  ResourceModule,
  ResourceMonitor,
  type Health,
} from './index.js';

type Line = [level: string, message: string];

async function start() {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (message: string): void =>
      void lines.push([level, message]);
  const logger: LoggerService = {
    log: write('log'),
    warn: write('warn'),
    error: write('error'),
    debug: write('debug'),
  };
  const clock = new ManualClock();
  const health: { now: Health } = { now: { status: 'HEALTHY' } };
  const app = await Test.createTestingModule({
    imports: [
      ResourceModule.forRoot({
        clock,
        breakers: { payments: { failureThreshold: 1 } },
        resources: { search: { check: () => health.now } },
        monitor: { failureThreshold: 1, successThreshold: 1 },
      }),
    ],
  })
    .setLogger(logger)
    .compile();
  await app.init();
  lines.length = 0;
  return { app, lines, clock, health };
}

describe('the log', () => {
  it('warns when a circuit opens, and says when it has closed', async () => {
    const { app, lines, clock } = await start();
    const payments = app.get(CircuitBreakerService).get('payments');
    await payments.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    await clock.advance(30_000);
    await payments.execute(() => 'up');
    const changes = lines.filter(([, message]) => message.startsWith("breaker.state.changed 'payments'"));
    expect(changes.map(([level]) => level)).toEqual(['warn', 'debug', 'log']);
    expect(changes[0]?.[1]).toContain('from closed, to open');
    await app.close();
  });

  it('does not warn of what is closed on purpose', async () => {
    const { app, lines } = await start();
    const events = app.get(ResourceEvents);
    const change = { type: 'health.changed', from: 'HEALTHY', to: 'UNKNOWN' };
    events.subscribe(() => events.publish({ resource: 'search' }, change), { type: 'resource.closing' });
    await app.close();
    expect(lines).toContainEqual(['debug', "health.changed 'search' (from HEALTHY, to UNKNOWN)"]);
    expect(lines.filter(([level]) => level === 'warn' || level === 'error')).toEqual([]);
  });

  it('shows figures with one decimal at most', async () => {
    const { app, lines } = await start();
    app.get(ResourceEvents).publish({ resource: 'search' }, { type: 'resource.started', took: 1.23456 });
    expect(lines).toContainEqual(['debug', "resource.started 'search' (took 1.2)"]);
    await app.close();
  });

  it('warns when something falls ill, and says when it is well again', async () => {
    const { app, lines, health } = await start();
    const monitor = app.get(ResourceMonitor);
    await monitor.refresh();
    health.now = { status: 'UNHEALTHY', reason: 'index lost' };
    await monitor.refresh('search');
    health.now = { status: 'HEALTHY' };
    await monitor.refresh('search');
    const changes = lines.filter(([, message]) => message.startsWith("health.changed 'search'"));
    expect(changes.map(([level]) => level)).toEqual(['debug', 'warn', 'log']);
    expect(changes[1]?.[1]).toContain('index lost');
    await app.close();
  });

  it('shows no secret of an event', async () => {
    const { app, lines } = await start();
    app.get(ResourceEvents).publish(
      { resource: 'db' },
      {
        type: 'pool.create.failed',
        error: new Error('postgres://app:hunter2@db refused'),
      },
    );
    expect(lines).toEqual([['warn', "pool.create.failed 'db' (error postgres://***@db refused)"]]);
    await app.close();
  });

  it('is silent about calls', async () => {
    const { app, lines } = await start();
    await app.get(CircuitBreakerService).execute('payments', () => 'paid');
    expect(lines).toEqual([]);
    await app.close();
  });
});
