import { afterEach, describe, expect, it } from '@jest/globals';
import { ResourceMonitoringModule, PROBE_ROUTES } from '@nestjs-resources/monitoring';
import { registerResourceMetrics } from '@nestjs-resources/monitoring/prometheus';
import {
  type ConnectionPool,
  definePool,
  getPoolToken,
  ResourceModule,
  ResourceMonitor,
  ResourceRegistry,
} from '@nestjs-resources/nest';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  VersioningType,
} from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import request from 'supertest';

@Controller({ path: 'orders', version: '1' })
class OrdersController {
  @Get()
  all(): string[] {
    return [];
  }
}

@Injectable()
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-key'] === 'right';
  }
}

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter() as AbstractHttpAdapter],
  ['Fastify', () => new FastifyAdapter() as unknown as AbstractHttpAdapter],
];

const NO_STORE = 'no-store';
const NAME = 'engine_pool_app@db:5432/orders';
const AT = `/api/management/resources/${encodeURIComponent(NAME)}`;

/** Every reading endpoint below a global prefix: path, caching, a body it has, a query it refuses. */
const READING: [path: string, caching: string, body: RegExp, refused: string | undefined][] = [
  ['/api/health', 'no-cache, no-store, must-revalidate', /"overall_health":"HEALTHY"/, undefined],
  ['/api/metrics', NO_STORE, /resource_pool_connections_max\{pool="engine_pool_app@db:5432\/orders"\} 3/, undefined],
  ['/api/management/health', 'no-cache, no-store, must-revalidate', /"resource_count":2/, undefined],
  ['/api/management/resources', NO_STORE, /"first_seen":\d+/, '?include_history=perhaps'],
  [AT, NO_STORE, /"max_size":3/, '?include_history=perhaps'],
  [`${AT}/metrics`, NO_STORE, /"window":\{"duration":3600000/, '?window=long'],
  [`${AT}/history`, 'private, max-age=5', /"t":\[\d+/, '?step=0'],
  ['/api/management/events', NO_STORE, /"items":\[\{/, '?after=first'],
  ['/api/management/report', NO_STORE, /"phase":"ready"/, '?format=pdf'],
];

describe.each(adapters)('Monitoring below a global prefix, with versions in the path, on %s', (_, adapter) => {
  async function serve() {
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({
          pools: { [NAME]: definePool({ create: () => ({}), maxSize: 3 }) },
          breakers: { payments: {} },
          monitor: { system: false },
        }),
        ResourceMonitoringModule.forRoot({
          guards: [KeyGuard],
          routes: { health: true, metrics: true },
          metrics: { register: new Registry() },
          headers: true,
          admin: { guards: [KeyGuard] },
        }),
      ],
      controllers: [OrdersController],
    }).compile();
    app = module.createNestApplication(adapter(), { logger: false });
    app.setGlobalPrefix('api', { exclude: PROBE_ROUTES });
    app.enableVersioning({ type: VersioningType.URI });
    await app.listen(0, '127.0.0.1');
    return request(app.getHttpServer());
  }

  it('leaves the probes at the root, for everybody', async () => {
    const server = await serve();
    for (const probe of PROBE_ROUTES) {
      const { body, headers } = await server.get(`/${probe}`).expect(200);
      expect([body, headers['cache-control']]).toEqual([{ status: 'ok' }, NO_STORE]);
      expect(headers['x-resource-count']).toBe('2');
      await server.head(`/${probe}`).expect(200);
      await server.post(`/${probe}`).expect(405);
      await server.get(`/api/${probe}`).expect(404);
    }
    await server.get('/api/v1/orders').expect(200);
  });

  it('shows each endpoint to whom the guard lets in, in its shape, uncached', async () => {
    const server = await serve();
    for (const [path, caching, body] of READING) {
      const { headers, text } = await server.get(path).set('X-Key', 'right').expect(200);
      expect([path, headers['cache-control']]).toEqual([path, caching]);
      expect(text).toMatch(body);
      expect((await server.head(path).set('X-Key', 'right').expect(200)).text).toBeFalsy();
    }
  });

  it('refuses strangers, queries and methods that make no sense, and names that are not there', async () => {
    const server = await serve();
    for (const [path, , , refused] of READING) {
      const stranger = await server.get(path).expect(403);
      expect(stranger.headers['content-type']).toMatch(/^application\/problem\+json/);
      const { headers } = await server.delete(path).set('X-Key', 'right').expect(405);
      expect(headers.allow).toBe('GET, HEAD');
      if (refused)
        await server
          .get(path + refused)
          .set('X-Key', 'right')
          .expect(400);
    }
    await server.get('/api/management/resources/nobody').set('X-Key', 'right').expect(404);
    await server.get('/management/resources').set('X-Key', 'right').expect(404);
  });

  it('lets those act whom the guard lets in, by JSON', async () => {
    const server = await serve();
    const path = `/api/management/pools/${encodeURIComponent(NAME)}/resize`;
    const body = { maxSize: 5, reason: 'load' };
    await server.post(path).send(body).expect(403);
    await server.post(path).set('X-Key', 'right').type('form').send(body).expect(415);
    await server.post(path).set('X-Key', 'right').send({}).expect(400);
    await server.get(path).set('X-Key', 'right').expect(405);
    expect((await server.post(path).set('X-Key', 'right').send(body).expect(200)).body).toMatchObject({ maxSize: 5 });
    await server.post('/api/management/pools/nobody/resize').set('X-Key', 'right').send(body).expect(404);
  });

  it('streams events and does not keep the application from closing', async () => {
    await serve();
    const response = await fetch(`${await app?.getUrl()}/api/management/stream`, { headers: { 'X-Key': 'right' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/event: snapshot/);
    const began = performance.now();
    await app?.close();
    app = undefined;
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});

describe.each(adapters)('Under a saturated pool, a dead database and a hung check, on %s', (_, adapter) => {
  it('probes answer from the last result: 1,000 requests run no check more often than its schedule, and none waits', async () => {
    const asked = { dead: 0, hung: 0, well: 0 };
    const dead = () => (asked.dead++, Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:5432')));
    const hung = () => (asked.hung++, new Promise<never>(() => undefined));
    const well = () => (asked.well++, { status: 'HEALTHY' as const });
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({
          pools: { saturated: definePool({ create: () => ({}), maxSize: 2 }) },
          resources: {
            dead: { kind: 'data-source', check: dead },
            hung: { kind: 'data-source', check: hung },
            well: { kind: 'data-source', check: well },
          },
          monitor: { timeout: 50, failureThreshold: 1, interval: 10_000, downInterval: 3_000, jitter: 0 },
        }),
        ResourceMonitoringModule.forRoot({ insecure: true, routes: { health: true }, headers: true }),
      ],
    }).compile();
    app = module.createNestApplication(adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    const pool = app.get<ConnectionPool<object>>(getPoolToken('saturated'));
    const leases = [await pool.acquire(), await pool.acquire()];
    const waiting = Array.from({ length: 100 }, () => pool.acquire());
    await app.get(ResourceMonitor).refresh();
    const { acquired } = pool.getMetrics();
    const before = { ...asked };
    const began = performance.now();
    const url = await app.getUrl();
    const paths = ['/livez', '/readyz', '/startupz', '/health', '/management/resources'];
    const codes = new Map<string, Set<number>>(paths.map((path) => [path, new Set()]));
    let left = 1_000;
    const client = async (): Promise<void> => {
      while (left-- > 0) {
        const path = paths[left % paths.length] ?? '';
        const response = await fetch(url + path);
        await response.text();
        codes.get(path)?.add(response.status);
      }
    };
    await Promise.all(Array.from({ length: 50 }, client));
    const seconds = (performance.now() - began) / 1_000;

    expect(Object.fromEntries([...codes].map(([path, seen]) => [path, [...seen]]))).toEqual({
      '/livez': [200],
      '/readyz': [503],
      '/startupz': [503],
      '/health': [503],
      '/management/resources': [200],
    });
    expect(asked.dead - before.dead).toBeLessThanOrEqual(Math.ceil(seconds / 3));
    expect(asked.well - before.well).toBeLessThanOrEqual(Math.ceil(seconds / 10));
    // The one question that was asked first is still open, so it is not asked again.
    expect(asked.hung).toBe(1);
    expect(pool.getMetrics()).toMatchObject({ acquired, waiting: 100 });
    expect(app.get(ResourceMonitor).getResource('saturated').health).not.toBe('UNHEALTHY');
    for (const lease of leases) lease.release();
    for (const waiter of waiting) (await waiter).release();
  }, 30_000);
});

describe('The metrics', () => {
  it('can go into a registry that something else serves', async () => {
    const module = await Test.createTestingModule({
      imports: [ResourceModule.forRoot({ breakers: { payments: {} } })],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.init();
    const register = new Registry();
    registerResourceMetrics({ registry: app.get(ResourceRegistry), monitor: app.get(ResourceMonitor) }, { register });
    expect(await register.metrics()).toMatch(/resource_circuit_state\{circuit="payments",state="closed"\} 1/);
  });
});

describe('An OpenAPI document', () => {
  it('has every route with its purpose, and none of those that only refuse', async () => {
    const module = await Test.createTestingModule({
      imports: [ResourceModule.forRoot({}), ResourceMonitoringModule.forRoot({ insecure: true, admin: {} })],
    }).compile();
    app = module.createNestApplication({ logger: false });
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, { tags?: string[]; summary?: string; responses: object }>).map(
        ([method, { tags = [], summary, responses }]) => [
          `${method} ${path}`,
          tags[0],
          summary,
          Object.keys(responses),
        ],
      ),
    );
    expect(routes).toHaveLength(19);
    expect(routes).toContainEqual(['get /readyz', 'Probes', 'Whether requests should be sent here', ['503']]);
    expect(routes).toContainEqual([
      'post /management/breakers/{name}/state',
      'Resources',
      'Overrule a breaker for a time',
      ['404'],
    ]);
    expect(routes.filter(([, , summary]) => !summary)).toEqual([]);
  });
});
