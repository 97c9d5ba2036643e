import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Health,
  type Metrics,
  type Resource,
  ResourceEvents,
  type ResourceListener,
  ResourceHealthIndicator,
  ResourceModule,
  ResourceMonitor,
  ResourceRegistry,
} from '@nestjs-resources/nest';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import request from 'supertest';

import { ResourceMonitoringModule } from './index.js';
import { observeResources } from './opentelemetry/index.js';

/** Ways in which secrets get into other people's words. */
const FORMS: readonly ((secret: string) => string)[] = [
  (secret) => `connect to postgres://app:${secret}@db:5432/orders failed`,
  (secret) => `password=${secret} host=db`,
  (secret) => `{"apiKey":"${secret}","user":"app"}`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `redis://:${secret}@cache:6379`,
  (secret) => `DB_PASSWORD='${secret}'`,
];

/** A resource that tells everything it should not. */
class Blabbermouth implements Resource {
  readonly kind = 'pool';
  metadata: object = {};
  private words = '';
  private secret = '';
  private throws = false;
  private listener: ResourceListener | undefined;

  plant(secret: string, words: string, throws: boolean): void {
    Object.assign(this, { secret, words, throws, metadata: { dsn: words, nested: { token: secret, note: words } } });
    this.listener?.({ type: 'pool.create.failed', error: new Error(words), password: secret, list: [words] });
  }

  check(): Health {
    if (this.throws) throw new Error(this.words);
    return {
      status: 'UNHEALTHY',
      reason: this.words,
      details: { [this.words]: 1, secret: this.secret, text: this.words },
    };
  }

  getMetrics(): Metrics {
    const { words, secret } = this;
    return { type: 'pool', name: 'db', lastError: words, credentials: { user: 'app', password: secret }, url: words };
  }

  observe(listener: ResourceListener): () => void {
    this.listener = listener;
    return () => (this.listener = undefined);
  }
}

/** Collects only when asked. */
class Reader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

const SECRETS = fc.stringMatching(/^[A-Za-z0-9!$%^*+._~-]{12,24}$/);

describe('No secret leaves the process', () => {
  const db = new Blabbermouth();
  const logged: string[] = [];
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({ resources: { db }, breakers: { payments: {} }, monitor: { failureThreshold: 1 } }),
        ResourceMonitoringModule.forRoot({
          insecure: true,
          details: 'always',
          headers: true,
          routes: { health: true, metrics: true },
          metrics: { register: new Registry() },
          admin: {},
        }),
      ],
    }).compile();
    const log = (...words: unknown[]) => void logged.push(JSON.stringify(words));
    const logger = { log, warn: log, error: log, debug: log, verbose: log } as LoggerService;
    app = module.createNestApplication({ logger });
    app.useLogger(logger);
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  it('through any endpoint, wherever it was planted', async () => {
    await fc.assert(
      fc.asyncProperty(SECRETS, fc.constantFrom(...FORMS), fc.boolean(), async (secret, form, throws) => {
        db.plant(secret, form(secret), throws);
        await app.get(ResourceMonitor).refresh('db');
        const { lastSequence } = app.get(ResourceEvents);
        const server = request(app.getHttpServer());
        const named = encodeURIComponent(form(secret));
        for (const path of [
          '/health',
          '/readyz?verbose',
          '/metrics',
          '/management/health',
          '/management/health/ready',
          '/management/resources?include_history',
          '/management/resources/db',
          '/management/resources/db/metrics',
          '/management/resources/db/history',
          `/management/events?after=${Math.max(0, lastSequence - 5)}`,
          '/management/report',
          '/management/report?format=text',
          `/management/resources/${named}`,
        ]) {
          const { text, headers } = await server.get(path);
          expect(`${path} ${text} ${JSON.stringify(headers)}`.replace(named, '')).not.toContain(secret);
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('through actions: answers, refusals, events, logs', async () => {
    await fc.assert(
      fc.asyncProperty(SECRETS, fc.constantFrom(...FORMS), async (secret, form) => {
        db.plant(secret, form(secret), true);
        logged.length = 0;
        const { lastSequence } = app.get(ResourceEvents);
        const server = request(app.getHttpServer());
        const named = encodeURIComponent(form(secret));
        const reason = form(secret);
        const said = [
          await server.post('/management/resources/db/check').send({}),
          await server.post('/management/breakers/payments/state').send({ state: 'auto', reason }),
          await server.post('/management/breakers/payments/state').send({ state: reason, reason, [reason]: reason }),
          await server.post(`/management/breakers/${named}/state`).send({ state: 'auto', reason }),
          await server.post(`/management/pools/${named}/evict`).send({ reason }),
        ].map(({ text, headers }) => text + JSON.stringify(headers));
        const events = JSON.stringify(app.get(ResourceEvents).since(lastSequence));
        expect(events).toContain('breaker.state');
        expect(logged.join('\n')).toContain('breaker.state');
        for (const text of [...said, events, ...logged]) expect(text.replaceAll(named, '')).not.toContain(secret);
        // Actions are at most ten a second.
        await new Promise((resolve) => setTimeout(resolve, 550));
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  it('through Terminus, labels and descriptions of metrics, figures, or what an exporter of OpenTelemetry collects', async () => {
    const reader = new Reader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
    const sources = { registry: app.get(ResourceRegistry), monitor: app.get(ResourceMonitor) };
    const stop = observeResources(meter, sources);
    await fc.assert(
      fc.asyncProperty(SECRETS, fc.constantFrom(...FORMS), async (secret, form) => {
        db.plant(secret, form(secret), false);
        await app.get(ResourceMonitor).refresh('db');
        const indicator = app.get(ResourceHealthIndicator);
        const { resourceMetrics } = await reader.collect();
        for (const said of [
          indicator.check('db'),
          indicator.checkGroup('ready'),
          resourceMetrics.scopeMetrics,
          app.get(ResourceMonitor).getFigures(),
          app.get(ResourceMonitor).getHistory('db'),
          [...(app.get(ResourceMonitor).getTally('db')?.createFailures ?? [])],
        ]) {
          expect(JSON.stringify(said)).not.toContain(secret);
        }
      }),
      { numRuns: 50 },
    );
    stop();
  });

  it('through the log of what nobody expected', async () => {
    logged.length = 0;
    const secret = 'correct-horse-battery';
    const monitor = app.get(ResourceMonitor);
    const getHealthSummary = monitor.getHealthSummary.bind(monitor);
    monitor.getHealthSummary = () => {
      throw new Error(`postgres://app:${secret}@db is down`);
    };
    const { body } = await request(app.getHttpServer()).get('/management/health').expect(500);
    monitor.getHealthSummary = getHealthSummary;
    expect(body).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500 });
    expect(logged.join('\n')).toContain('is down');
    expect(logged.join('\n')).not.toContain(secret);
  });

  it('through the event stream', async () => {
    const secret = 'correct-horse-battery';
    db.plant(secret, `postgres://app:${secret}@db`, false);
    await app.get(ResourceMonitor).refresh('db');
    const { lastSequence } = app.get(ResourceEvents);
    const response = await fetch(`${await app.getUrl()}/management/stream`, {
      headers: { 'Last-Event-ID': String(lastSequence - 1) },
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('event: tick')) text += (await reader?.read())?.value ?? '';
    expect(text).toMatch(/^id: \d+\nevent: event/);
    expect(text).not.toContain(secret);
    await reader?.cancel();
  });
});
