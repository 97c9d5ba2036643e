import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Health,
  type Metrics,
  type Resource,
  ResourceEvents,
  type ResourceListener,
  ResourceModule,
  ResourceMonitor,
} from '@nestjs-resources/nest';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import request from 'supertest';

import { ResourceMonitoringModule } from './index.js';

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

describe('No secret leaves the process', () => {
  const db = new Blabbermouth();
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({ resources: { db }, monitor: { failureThreshold: 1 } }),
        ResourceMonitoringModule.forRoot({
          insecure: true,
          details: 'always',
          headers: true,
          routes: { health: true, metrics: true },
          metrics: { register: new Registry() },
        }),
      ],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  it('through any endpoint, wherever it was planted', async () => {
    const secrets = fc.stringMatching(/^[A-Za-z0-9!$%^*+._~-]{12,24}$/);
    await fc.assert(
      fc.asyncProperty(secrets, fc.constantFrom(...FORMS), fc.boolean(), async (secret, form, throws) => {
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

  it('through the event stream', async () => {
    const secret = 'correct-horse-battery';
    db.plant(secret, `postgres://app:${secret}@db`, false);
    await app.get(ResourceMonitor).refresh('db');
    const { lastSequence } = app.get(ResourceEvents);
    const response = await fetch(`${await app.getUrl()}/management/stream`, {
      headers: { 'Last-Event-ID': String(lastSequence - 1) },
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(value).toMatch(/^id: \d+\nevent: event/);
    expect(value).not.toContain(secret);
    await reader?.cancel();
  });
});
