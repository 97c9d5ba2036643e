import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PROBE_ROUTES, ResourceMonitoringModule } from '@nestjs-resources/monitoring';
import { definePool, ResourceModule, ResourceMonitor } from '@nestjs-resources/nest';
import {
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  Injectable,
  type LoggerService,
  VersioningType,
} from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import request from 'supertest';

// Real servers, many requests, and perhaps a busy machine.
jest.setTimeout(60_000);

@Injectable()
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-key'] === 'right';
  }
}

const POOL = 'engine_pool_app@db:5432/orders 100%';
const PROBLEM = 'application/problem+json; charset=utf-8';
const JSON_TYPE = /^application\/json/;

interface Expected {
  /** Whom it lets in. */
  readonly open?: true;
  readonly caching: string;
  readonly type: RegExp;
  /** What a good answer has. */
  readonly body: RegExp;
  readonly code?: number;
  /** What a good request sends. */
  readonly send?: object;
  /** Queries, or bodies, that make no sense. */
  readonly nonsense?: readonly (string | object)[];
  /** The same route asked for a name that is not there. */
  readonly unknown?: true;
  /** The answer does not end by itself. */
  readonly stream?: true;
}

const probe: Expected = {
  open: true,
  caching: 'no-store',
  type: JSON_TYPE,
  body: /^\{"status":"ok"\}$/,
  nonsense: ['?verbose=perhaps', '?verbose=1&verbose=1'],
};
const health: Expected = {
  caching: 'no-cache, no-store, must-revalidate',
  type: JSON_TYPE,
  body: /^\{"timestamp":\d+,"overall_health":"HEALTHY","resource_count":\d,"healthy_count":\d,/,
};
const reading = (body: RegExp, nonsense: readonly string[] = []): Expected => ({
  caching: 'no-store',
  type: JSON_TYPE,
  body,
  nonsense,
});
const action = (send: object, body: RegExp, nonsense: readonly object[] = [], code = 200): Expected => ({
  caching: 'no-store',
  type: JSON_TYPE,
  body,
  code,
  send,
  nonsense,
  unknown: true,
});
const why = { reason: 'a test' };
const reasonless = [{}, { reason: '' }, { reason: 7 }, { reason: 'x'.repeat(501) }, { ...why, more: 1 }];

/** Every route there is, and what is expected of it. A route that is missing here fails the test. */
const ROUTES: Readonly<Record<string, Expected>> = {
  'GET /livez': probe,
  'GET /readyz': { ...probe, nonsense: [...(probe.nonsense ?? []), '?exclude=', `?exclude=${'x'.repeat(201)}`] },
  'GET /startupz': probe,
  'GET /api/health': health,
  'GET /api/health/{group}': { ...health, unknown: true },
  'GET /api/metrics': {
    ...reading(/^resource_pool_connections_max\{pool="engine_pool_app@db:5432\/orders 100%"\} 3$/m),
    type: /^text\/plain; *version=0.0.4/,
  },
  'GET /api/management/health': health,
  'GET /api/management/health/{group}': { ...health, unknown: true },
  'GET /api/management/report': reading(/^\{"phase":"ready","health":\{/, ['?format=pdf', '?format=']),
  'GET /api/management/resources': reading(/^\{"timestamp":\d+,"resource_count":2,"resources":\{/, [
    '?include_history=perhaps',
    '?type=POOL',
    '?health=fine',
    '?status=fine',
    '?state=on',
    '?kind=',
    '?name=',
    '?limit=0',
    '?limit=501',
    '?limit=1&limit=2',
    '?limit=1.5',
    '?limit=-1',
    `?after=${'x'.repeat(201)}`,
  ]),
  'GET /api/management/resources/{name}': {
    ...reading(/^\{"name":"engine_pool_app@db:5432\/orders 100%","type":"CONNECTION_POOL",.*"max_size":3/, [
      '?include_history=perhaps',
    ]),
    unknown: true,
  },
  'GET /api/management/resources/{name}/metrics': {
    ...reading(/"metrics":\{.*"window":\{"duration":3600000,/, [
      '?window=long',
      '?window=0s',
      '?window=-5m',
      '?window=25h',
      '?window=1s&window=2s',
    ]),
    unknown: true,
  },
  'GET /api/management/resources/{name}/history': {
    ...reading(/^\{"t":\[\d+.*\],"health":\["HEALTHY".*\],"figures":\{/, ['?step=0', '?step=x', '?from=-1', '?from=x']),
    caching: 'private, max-age=5',
    unknown: true,
  },
  'GET /api/management/events': reading(/^\{"next":\d+,"missed":false,"items":\[\{/, [
    '?after=first',
    '?after=-1',
    '?after=99999999999999999999',
    '?limit=0',
    '?limit=201',
    '?type=',
    '?resource=',
    '?kind=&kind=',
  ]),
  'GET /api/management/stream': {
    caching: 'no-store, no-transform',
    type: /^text\/event-stream; charset=utf-8$/,
    body: /^id: \d+\nevent: snapshot\ndata: \{/,
    nonsense: ['?ticks=perhaps', '?type=', '?resource='],
    stream: true,
  },
  'POST /api/management/resources/{name}/check': action({}, /"health":"HEALTHY","check":\{/),
  'POST /api/management/breakers/{name}/state': action(
    { ...why, state: 'metrics_only', ttl: 1_000 },
    /^\{"name":"payments","state":"closed","mode":"metrics_only","ttl":1000\}$/,
    [...reasonless, why, { ...why, state: 'broken' }, { ...why, state: 'auto', ttl: 0 }],
  ),
  'POST /api/management/pools/{name}/resize': action(
    { ...why, maxSize: 3 },
    /"minSize":0,"maxSize":3,"ttl":900000\}$/,
    [...reasonless, why, { ...why, maxSize: 0 }, { ...why, minSize: 9 }, { ...why, maxSize: 'many' }],
  ),
  'POST /api/management/pools/{name}/evict': action(why, /"evicted":\d\}$/, reasonless),
  'POST /api/management/pools/{name}/suspend': action(why, /"state":"suspended","ttl":900000\}$/, [
    ...reasonless,
    { ...why, ttl: 86_400_001 },
  ]),
  'POST /api/management/pools/{name}/drain': action(
    why,
    /"state":"draining","ttl":900000\}$/,
    [...reasonless, { ...why, timeout: -1 }],
    202,
  ),
  'POST /api/management/pools/{name}/resume': action(why, /"state":"(?:running|cold)"\}$/, reasonless),
};

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter() as AbstractHttpAdapter],
  ['Fastify', () => new FastifyAdapter() as unknown as AbstractHttpAdapter],
];

describe.each(adapters)('Each route of the monitoring, below a prefix and with URI versions, on %s', (_, adapter) => {
  let app: INestApplication;
  let url: string;
  const lines: string[] = [];

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({
          pools: { [POOL]: definePool({ create: () => ({}), maxSize: 3 }) },
          breakers: { payments: {} },
          monitor: { system: false },
        }),
        ResourceMonitoringModule.forRoot({
          guards: [KeyGuard],
          routes: { health: true, metrics: true },
          metrics: { register: new Registry() },
          admin: { guards: [KeyGuard] },
        }),
      ],
    }).compile();
    const note = (line: unknown) => void lines.push(String(line));
    const logger = { log: note, warn: note, error: note } as unknown as LoggerService;
    app = module.createNestApplication(adapter(), { logger });
    app.useLogger(logger);
    app.setGlobalPrefix('api', { exclude: PROBE_ROUTES });
    app.enableVersioning({ type: VersioningType.URI });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    await app.get(ResourceMonitor).refresh();
  });
  afterAll(() => app.close());

  const methodOf = (route: string): string => route.split(' ')[0] ?? '';
  const pathOf = (route: string, name?: string): string => {
    const known = route.includes('/breakers/') ? 'payments' : POOL;
    return (route.split(' ')[1] ?? '')
      .replace('{name}', encodeURIComponent(name ?? known))
      .replace('{group}', encodeURIComponent(name ?? 'ready'));
  };
  /** Asks as somebody who may, unless told otherwise; actions are at most ten a second. */
  async function ask(route: string, options: { path?: string; key?: string; send?: unknown; method?: string } = {}) {
    const { path = pathOf(route), key = 'right', send = ROUTES[route]?.send, method = methodOf(route) } = options;
    const agent = request(url);
    for (let patience = 30; ; patience--) {
      const asked = (agent as unknown as Record<string, (path: string) => request.Test>)
        [method.toLowerCase()]?.(path)
        .set('X-Key', key);
      const answer = await (method === 'POST' && send !== undefined ? asked?.send(send as object) : asked);
      if (!answer) throw new Error(`${method} is no method`);
      if (answer.status !== 429 || patience === 0) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const cases = Object.entries(ROUTES);
  const finite = cases.filter(([, { stream }]) => !stream);

  it('is in this test', () => {
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const found = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(found.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  });

  it('is one line in the log, and what is refused is none', () => {
    const mapped = lines.filter((line) => line.startsWith('Mapped {'));
    expect(mapped).toHaveLength(Object.keys(ROUTES).length);
  });

  it.each(finite)('%s answers whom it lets in: code, type, caching, shape', async (route, expected) => {
    const { status, headers, text } = await ask(route);
    expect([status, headers['cache-control']]).toEqual([expected.code ?? 200, expected.caching]);
    expect(headers['content-type']).toMatch(expected.type);
    expect(text).toMatch(expected.body);
  });

  it.each(cases)('%s lets nobody else in', async (route, { open }) => {
    if (open) return;
    const { status, headers, body } = await ask(route, { key: 'wrong' });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([403, PROBLEM, 'no-store']);
    expect(body).toMatchObject({ type: 'about:blank', title: 'Forbidden', status: 403 });
  });

  it.each(cases)('%s answers nonsense with 400', async (route, { nonsense = [] }) => {
    for (const one of nonsense) {
      const asked = typeof one === 'string' ? { path: pathOf(route) + one } : { send: one };
      const { status, headers, body } = await ask(route, asked);
      expect([one, status, headers['content-type']]).toEqual([one, 400, PROBLEM]);
      expect(body).toMatchObject({ status: 400, code: expect.stringMatching(/^(?:QUERY|OPTIONS)_INVALID$/) });
    }
  });

  it.each(cases)('%s answers a name that is not there with 404', async (route, { unknown }) => {
    if (!unknown) return;
    for (const name of ['nobody', '__proto__', 'constructor', '..%2f', '%']) {
      const { status, headers, body } = await ask(route, { path: pathOf(route, name) });
      expect([name, status, headers['content-type']]).toEqual([name, 404, PROBLEM]);
      expect(body.code).toMatch(/NOT_FOUND$/);
    }
  });

  it.each(cases)('%s answers other methods with 405 and what is allowed', async (route) => {
    const method = methodOf(route);
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((other) => other !== method);
    const allowed = method === 'GET' ? 'GET, HEAD' : 'POST';
    for (const other of others) {
      const { status, headers, body } = await ask(route, { method: other, send: {} });
      expect([other, status, headers.allow, headers['content-type']]).toEqual([other, 405, allowed, PROBLEM]);
      expect(body).toMatchObject({ title: 'Method Not Allowed', status: 405 });
    }
    const options = await ask(route, { method: 'OPTIONS' });
    expect([options.status, options.headers.allow]).toEqual([204, allowed]);
  });

  it.each(cases)('%s answers HEAD as it should', async (route, { caching, type }) => {
    const { status, headers, text } = await ask(route, { method: 'HEAD' });
    if (methodOf(route) === 'POST') return expect([status, headers.allow]).toEqual([405, 'POST']);
    expect([status, headers['cache-control'], text || '']).toEqual([200, caching, '']);
    expect(headers['content-type']).toMatch(type);
  });

  it.each(cases)('%s takes no body that is not JSON', async (route) => {
    if (methodOf(route) !== 'POST') return;
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const response = await fetch(url + pathOf(route), {
        method: 'POST',
        headers: { 'Content-Type': type, 'X-Key': 'right' },
        body: 'reason=x',
      });
      expect([type, response.status]).toEqual([type, 415]);
    }
    const broken = await fetch(url + pathOf(route), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Key': 'right' },
      body: '{"reason":',
    });
    expect(broken.status).toBe(400);
  });

  it('GET /api/management/stream begins with a snapshot and goes on with figures', async () => {
    const stop = new AbortController();
    const route = 'GET /api/management/stream';
    const response = await fetch(url + pathOf(route), { headers: { 'X-Key': 'right' }, signal: stop.signal });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, ROUTES[route]?.caching]);
    expect(response.headers.get('content-type')).toMatch(ROUTES[route]?.type ?? '');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    let text = '';
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text.includes('"full":false')) break;
    }
    stop.abort();
    expect(text).toMatch(ROUTES[route]?.body ?? '');
    expect(text).toMatch(/event: tick\ndata: \{"timestamp":\d+,"full":true,"resources":\{"engine_pool_app@db:5432/);
  });
});
