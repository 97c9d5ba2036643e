import { afterEach, describe, expect, it } from '@jest/globals';
import { ResourceModule, type Health, type Resource } from '@nestjs-resources/nest';
import { Controller, Get, type CanActivate, type INestApplication, Injectable, Module } from '@nestjs/common';
import { type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
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
