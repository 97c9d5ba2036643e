import { afterEach, describe, expect, it } from '@jest/globals';
import { ResourceModule, type Health, type Resource } from '@nestjs-resources/nest';
import {
  Controller,
  Get,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  Inject,
  Injectable,
  Module,
} from '@nestjs/common';
import { type AbstractHttpAdapter, APP_GUARD, Reflector } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import request from 'supertest';

import { ResourceMonitoringModule, type ResourceMonitoringOptions } from './index.js';

class Thing implements Resource {
  health: Health['status'] = 'HEALTHY';
  check(): Health {
    return { status: this.health };
  }
  getMetrics() {
    return { type: 'custom', name: 'thing', maxSize: 3, password: 'hunter2' };
  }
}

@Controller('orders')
class OrdersController {
  @Get()
  all(): string[] {
    return [];
  }

  @Get('broken')
  broken(): never {
    throw new Error('broken');
  }
}

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** Lets in who brings the key, and has a dependency of its own. */
@Injectable()
class KeyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return this.reflector !== undefined && headers['x-key'] === 'right';
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

describe.each(adapters)('ResourceMonitoringModule on %s', (_, adapter) => {
  async function serve(options: ResourceMonitoringOptions, resources: Record<string, object> = { thing: new Thing() }) {
    const registration = Object.fromEntries(Object.keys(resources).map((name) => [name, { critical: true }]));
    @Module({
      imports: [
        ResourceModule.forRoot({ resources, registration, monitor: { failureThreshold: 1, system: false } }),
        ResourceMonitoringModule.forRoot(options),
      ],
      controllers: [OrdersController],
    })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication(adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    return request(app.getHttpServer());
  }

  it('shows the probes to everybody, and nothing else', async () => {
    const server = await serve({});
    for (const probe of ['/livez', '/readyz', '/startupz']) {
      const { status, body, headers } = await server.get(probe);
      expect([status, body, headers['cache-control']]).toEqual([200, { status: 'ok' }, 'no-store']);
      expect((await server.head(probe)).status).toBe(200);
    }
    for (const path of ['/health', '/management/resources', '/management/health']) await server.get(path).expect(404);
  });

  it('shows resources in the shape of Uno, without secrets', async () => {
    const server = await serve({ insecure: true });
    const { body } = await server.get('/management/resources').expect(200);
    expect(body).toMatchObject({
      timestamp: expect.any(Number),
      resource_count: 1,
      resources: {
        thing: {
          name: 'thing',
          type: 'CUSTOM',
          health: 'HEALTHY',
          metadata: {},
          metrics: { max_size: 3, password: '***' },
          first_seen: expect.any(Number),
          last_updated: expect.any(Number),
          age: expect.any(Number),
        },
      },
    });
    expect(body.resources.thing).not.toHaveProperty('history');
    const one = await server.get('/management/resources/thing?include_history=true').expect(200);
    expect(one.body).toMatchObject({ name: 'thing', history: [{ metrics: { max_size: 3 } }] });
  });

  it('finds names with slashes and at signs', async () => {
    const name = 'engine_pool_app@db:5432/orders';
    const server = await serve({ insecure: true }, { [name]: new Thing() });
    const { body } = await server.get(`/management/resources/${encodeURIComponent(name)}`).expect(200);
    expect(body.name).toBe(name);
  });

  it('says 503 when something critical is unhealthy', async () => {
    const thing = new Thing();
    thing.health = 'UNHEALTHY';
    const server = await serve({ insecure: true, routes: { health: true } }, { thing });
    for (const path of ['/health', '/management/health']) {
      const { body } = await server.get(path).expect(503);
      expect(body).toMatchObject({ overall_health: 'UNHEALTHY', resource_count: 1, unhealthy_count: 1 });
    }
    expect((await server.get('/readyz').expect(503)).body).toEqual({ status: 'error' });
    await server.get('/livez').expect(200);
  });

  it('says 200 when there is nothing at all', async () => {
    const server = await serve({ insecure: true }, {});
    const { body } = await server.get('/management/health').expect(200);
    expect(body).toMatchObject({ overall_health: 'UNKNOWN', resource_count: 0 });
    await server.get('/readyz').expect(200);
  });

  it('asks the guards before everything but the probes', async () => {
    const server = await serve({ guards: [Closed], routes: { health: true } });
    for (const path of ['/health', '/management/resources', '/management/resources/thing', '/management/health']) {
      await server.get(path).expect(403);
    }
    await server.get('/livez').expect(200);
  });

  it('shows details of a probe to those whom the guards let in, and the same word to all others', async () => {
    const server = await serve({ guards: [KeyGuard] });
    const stranger = await server.get('/readyz?verbose').expect(200);
    expect(stranger.body).toEqual({ status: 'ok' });
    const operator = await server.get('/readyz?verbose').set('X-Key', 'right').expect(200);
    expect(operator.body).toMatchObject({ status: 'ok', resources: { thing: { health: 'HEALTHY', critical: true } } });
    await server.get('/readyz?verbose=perhaps').expect(400);
  });

  it('leaves excluded resources out of account', async () => {
    const thing = new Thing();
    thing.health = 'UNHEALTHY';
    const server = await serve({}, { thing, other: new Thing() });
    await server.get('/readyz').expect(503);
    await server.get('/readyz?exclude=other').expect(503);
    await server.get('/readyz?exclude=thing&exclude=nobody').expect(200);
  });

  it('reports on one page, as JSON or as text', async () => {
    const server = await serve({ insecure: true });
    const { body } = await server.get('/management/report').expect(200);
    expect(body).toMatchObject({ phase: 'ready', health: { overallHealth: 'HEALTHY' }, memory: { watched: 1 } });
    for (const ask of [server.get('/management/report?format=text'), server.get('/management/report')]) {
      const { headers, text } = await ask.set('Accept', 'text/plain').expect(200);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(text).toMatch(/HEALTHY {2}ready {2}1 resources/);
      expect(text).toMatch(/^HEALTHY {2}thing {2}custom {2}critical {2}running$/m);
      expect(text).toMatch(/application\.ready/);
    }
    await server.get('/management/report?format=pdf').expect(400);
  });

  it('says on every response how the resources are, if asked to', async () => {
    const server = await serve({ headers: true });
    for (const path of ['/orders', '/orders/broken', '/nowhere', '/livez']) {
      const { headers } = await server.get(path);
      expect(headers).toMatchObject({
        'x-resource-health': 'HEALTHY',
        'x-resource-count': '1',
        'x-request-duration': expect.stringMatching(/^\d+\.\d{6}s$/),
      });
    }
  });

  it('says nothing in headers otherwise', async () => {
    const server = await serve({});
    expect(Object.keys((await server.get('/orders')).headers).filter((name) => name.startsWith('x-re'))).toEqual([]);
  });

  it('filters and pages the list, and refuses what makes no sense', async () => {
    const server = await serve({ insecure: true }, { one: new Thing(), two: new Thing() });
    const names = async (query: string) => {
      const { body } = await server.get(`/management/resources?${query}`).expect(200);
      return [Object.keys(body.resources), body.resource_count, body.next];
    };
    expect(await names('health=HEALTHY&type=CUSTOM&state=running')).toEqual([['one', 'two'], 2, undefined]);
    expect(await names('health=UNHEALTHY')).toEqual([[], 0, undefined]);
    expect(await names('name=two')).toEqual([['two'], 1, undefined]);
    expect(await names('limit=1')).toEqual([['one'], 2, 'one']);
    expect(await names('limit=1&after=one')).toEqual([['two'], 2, undefined]);
    for (const query of ['include_history=maybe', 'type=POOL', 'health=fine', 'limit=0', 'limit=1&limit=2', 'kind=']) {
      const { headers, body } = await server.get(`/management/resources?${query}`).expect(400);
      expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(body).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400, code: 'QUERY_INVALID' });
    }
    await server.get('/management/resources?group=nobody').expect(404);
  });

  it('shows what a resource did over a time, and its samples in columns', async () => {
    const server = await serve({ insecure: true });
    const metrics = await server.get('/management/resources/thing/metrics?window=5m').expect(200);
    expect(metrics.body).toMatchObject({
      name: 'thing',
      metrics: { maxSize: 3 },
      window: { duration: 300_000, samples: 1, figures: { maxSize: { last: 3, p99: 3, change: 0 } } },
    });
    const history = await server.get('/management/resources/thing/history?from=0&step=10s').expect(200);
    expect(history.body).toEqual({ t: [expect.any(Number)], health: ['HEALTHY'], figures: { maxSize: [3] } });
    for (const query of ['metrics?window=5y', 'metrics?window=2000h', 'history?from=-1', 'history?step=x']) {
      await server.get(`/management/resources/thing/${query}`).expect(400);
    }
  });

  it('says what is not there, and what else could have been meant', async () => {
    const server = await serve({ insecure: true });
    for (const path of ['thnig', 'thnig/metrics', 'thnig/history']) {
      const { headers, body } = await server.get(`/management/resources/${path}`).expect(404);
      expect(headers['content-type']).toMatch(/problem\+json/);
      expect(body).toEqual({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: "Resource 'thnig' does not exist; did you mean 'thing'?",
        code: 'RESOURCE_NOT_FOUND',
        resource: 'thnig',
      });
    }
  });

  it('says which methods are allowed when asked by another', async () => {
    const server = await serve({ insecure: true });
    for (const path of ['/livez', '/management/health', '/management/resources/thing/metrics', '/management/stream']) {
      for (const method of ['post', 'put', 'patch', 'delete'] as const) {
        const { headers, body } = await server[method](path).expect(405);
        expect([headers.allow, body.status]).toEqual(['GET, HEAD', 405]);
      }
      await server.head(path).expect(200);
    }
  });

  it('pages events by their sequence', async () => {
    const server = await serve({ insecure: true });
    const first = await server.get('/management/events?limit=2').expect(200);
    expect(first.body).toMatchObject({ next: 2, missed: false, items: [{ sequence: 1 }, { sequence: 2 }] });
    const rest = await server.get(`/management/events?after=${first.body.next}`).expect(200);
    expect(rest.body.items[0].sequence).toBe(3);
    const none = await server.get(`/management/events?after=${rest.body.next}`).expect(200);
    expect(none.body).toEqual({ next: rest.body.next, missed: false, items: [] });
    const filtered = await server.get('/management/events?type=health.*&resource=thing').expect(200);
    expect(filtered.body.items).toMatchObject([{ type: 'health.changed', from: 'UNKNOWN', to: 'HEALTHY' }]);
    for (const query of ['after=x', 'after=-1', 'limit=201', 'limit=0']) {
      await server.get(`/management/events?${query}`).expect(400);
    }
  });

  it('streams events, replays what was missed, and ends with the application', async () => {
    await serve({ insecure: true });
    const { ResourceEvents } = await import('@nestjs-resources/nest');
    const events = app?.get(ResourceEvents);
    const open = async (headers: Record<string, string> = {}) => {
      const response = await fetch(`${await app?.getUrl()}/management/stream`, { headers });
      return { response, reader: response.body?.pipeThrough(new TextDecoderStream()).getReader() };
    };
    const { response, reader } = await open();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect((await reader?.read())?.value).toMatch(/^id: \d+\nevent: snapshot\ndata: \{/);
    const { sequence } = events?.publish({ resource: 'thing' }, { type: 'thing.happened', password: 'hunter2' }) ?? {};
    const text = (await reader?.read())?.value;
    expect(text).toMatch(new RegExp(`^id: ${sequence}\nevent: event\ndata: .*"password":"\\*\\*\\*"`));

    const again = await open({ 'Last-Event-ID': String((sequence ?? 0) - 1) });
    expect((await again.reader?.read())?.value).toMatch(new RegExp(`^id: ${sequence}\nevent: event`));

    const began = performance.now();
    await app?.close();
    expect(performance.now() - began).toBeLessThan(2_000);
    app = undefined;
  });

  it('refuses a stream too many, and a stream after the end has begun', async () => {
    const server = await serve({ insecure: true, streams: 1 });
    const url = `${await app?.getUrl()}/management/stream`;
    const stop = new AbortController();
    const first = await fetch(url, { signal: stop.signal });
    expect(first.status).toBe(200);
    const { body, headers } = await server.get('/management/stream').expect(503);
    expect([body.code, headers['retry-after']]).toEqual(['STREAMS_EXHAUSTED', '30']);
    stop.abort();
    await server.get('/management/stream').set('Last-Event-ID', 'x').expect(400);
    const { ResourceManager } = await import('@nestjs-resources/nest');
    app?.get(ResourceManager).quiesce();
    expect((await server.get('/management/stream').expect(503)).body.code).toBe('SHUTTING_DOWN');
  });

  it('serves metrics for Prometheus from the registry it is given', async () => {
    const register = new Registry();
    const server = await serve({ insecure: true, routes: { metrics: true }, metrics: { register, prefix: 'shop' } });
    const { headers, text } = await server.get('/metrics').expect(200);
    expect(headers['content-type']).toMatch(/^text\/plain; *version=0.0.4/);
    expect(text).toContain('shop_up{resource="thing"} 1');
    await app?.close();
    app = undefined;
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('is not ready any more once the end has begun, and is still alive', async () => {
    const server = await serve({});
    const { ResourceManager } = await import('@nestjs-resources/nest');
    app?.get(ResourceManager).quiesce();
    expect((await server.get('/readyz').expect(503)).body).toEqual({ status: 'shutting_down' });
    await server.get('/livez').expect(200);
    await server.get('/startupz').expect(503);
  });
});

describe('ResourceMonitoringModule', () => {
  async function boot(options: ResourceMonitoringOptions) {
    const module = await Test.createTestingModule({
      imports: [ResourceModule.forRoot({}), ResourceMonitoringModule.forRoot(options)],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.init();
    return request(app.getHttpServer());
  }

  it('puts everything but the probes below another path', async () => {
    const server = await boot({ insecure: true, path: 'ops/resources-of-shop' });
    await server.get('/ops/resources-of-shop/health').expect(200);
    await server.get('/management/health').expect(404);
  });

  it('leaves out the routes that are switched off', async () => {
    const off = { livez: false, readyz: false, startupz: false, resources: false, events: false };
    const server = await boot({ insecure: true, routes: off });
    for (const path of ['/livez', '/readyz', '/startupz', '/management/resources', '/management/events']) {
      await server.get(path).expect(404);
    }
  });

  it('shows nobody the details of a probe when told so', async () => {
    const server = await boot({ insecure: true, details: 'never' });
    expect((await server.get('/readyz?verbose').expect(200)).body).toEqual({ status: 'ok' });
  });

  it('gives guards what they need from imported modules', async () => {
    @Module({ providers: [{ provide: 'KEY', useValue: 'right' }], exports: ['KEY'] })
    class KeyModule {}
    @Injectable()
    class InjectedGuard implements CanActivate {
      constructor(@Inject('KEY') private readonly key: string) {}
      canActivate(context: ExecutionContext): boolean {
        const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
        return headers['x-key'] === this.key;
      }
    }
    const server = await boot({ guards: [InjectedGuard], imports: [KeyModule] });
    await server.get('/management/health').expect(403);
    await server.get('/management/health').set('X-Key', 'right').expect(200);
    expect((await server.get('/readyz?verbose').set('X-Key', 'right')).body).toHaveProperty('resources');
  });

  it('marks the probes for a global guard of the application, and nothing else', async () => {
    const Public = Reflector.createDecorator<boolean>();
    @Injectable()
    class GlobalGuard implements CanActivate {
      constructor(private readonly reflector: Reflector) {}
      canActivate(context: ExecutionContext): boolean {
        return this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()]) ?? false;
      }
    }
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({}),
        ResourceMonitoringModule.forRoot({ insecure: true, probeDecorators: [Public(true)] }),
      ],
      providers: [{ provide: APP_GUARD, useClass: GlobalGuard }],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.init();
    await request(app.getHttpServer()).get('/livez').expect(200);
    await request(app.getHttpServer()).get('/management/resources').expect(403);
  });

  it('refuses to leave a door open by accident', () => {
    expect(() => ResourceMonitoringModule.forRoot({ routes: { resources: true, health: true } })).toThrow(
      'guards: resources, health would be open to everybody: give guards, or say `insecure: true`',
    );
  });

  it('refuses options that cannot work, all at once', () => {
    const wrong = () => ResourceMonitoringModule.forRoot({ path: '/x/', guards: ['admin'], rotues: {} } as never);
    expect(wrong).toThrow(/path: must be a path/);
    expect(wrong).toThrow(/guards: must be a list of guards/);
    expect(wrong).toThrow(/rotues: is not an option; did you mean 'routes'/);
  });
});
