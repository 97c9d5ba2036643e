import { afterEach, describe, expect, it } from '@jest/globals';
import { type Health, ResourceModule, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/nest';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';

import { ResourceMonitoringModule, type ResourceMonitoringOptions } from './index.js';

@Controller('broken')
class BrokenController {
  @Get()
  broken(): never {
    throw new Error('broken');
  }
}

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function serve(options: ResourceMonitoringOptions, check: () => Health = () => ({ status: 'HEALTHY' })) {
  const module = await Test.createTestingModule({
    imports: [
      ResourceModule.forRoot({ resources: { db: { kind: 'pool', check } }, monitor: { system: false } }),
      ResourceMonitoringModule.forRoot(options),
    ],
    controllers: [BrokenController],
  }).compile();
  app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  return { app, server: request(app.getHttpServer()) };
}

/** Each is a promise that the HTTP part of Uno breaks; the number is that of our list of them. */
describe('What went wrong in Uno over HTTP', () => {
  it('B-H-1: an unknown resource is 404, not 200 with an array', async () => {
    const { server } = await serve({ insecure: true });
    const { body } = await server.get('/management/resources/nobody').expect(404);
    expect(body).toMatchObject({ status: 404, code: 'RESOURCE_NOT_FOUND', resource: 'nobody' });
  });

  it('B-H-2, B-H-10: what is unhealthy is 503, with the body it always has', async () => {
    const { server } = await serve({ insecure: true, routes: { health: true } }, () => ({ status: 'UNHEALTHY' }));
    const { body } = await server.get('/health').expect(503);
    expect(Object.keys(body)).toEqual([
      'timestamp',
      'overall_health',
      'resource_count',
      'healthy_count',
      'degraded_count',
      'unhealthy_count',
      'unknown_count',
      'resources',
    ]);
    expect(body.resources.db).toMatchObject({ health: 'UNHEALTHY', type: 'CONNECTION_POOL' });
  });

  it('B-H-4: responses of thrown errors have the headers too', async () => {
    const { server } = await serve({ headers: true });
    const { headers } = await server.get('/broken').expect(500);
    expect(headers).toMatchObject({
      'x-resource-health': 'HEALTHY',
      'x-resource-count': '1',
      'x-request-duration': expect.stringMatching(/^\d+\.\d{6}s$/),
    });
  });

  it('B-H-5: nothing is promised about cleaning up after requests; the headers are all there is', async () => {
    const { server } = await serve({ headers: true });
    const { headers } = await server.get('/livez');
    expect(
      Object.keys(headers)
        .filter((name) => name.startsWith('x-re'))
        .sort(),
    ).toEqual(['x-request-duration', 'x-resource-count', 'x-resource-health']);
  });

  it('B-H-6: the headers cost no summary per request, and what is unregistered leaves them at once', async () => {
    const { app, server } = await serve({ headers: true });
    await server.get('/livez');
    const registry = app.get(ResourceRegistry);
    const list = registry.list.bind(registry);
    let looks = 0;
    registry.list = () => {
      looks++;
      return list();
    };
    const monitor = app.get(ResourceMonitor);
    for (let count = 0; count < 1_000; count++) monitor.getOverview();
    expect(looks).toBeLessThanOrEqual(3);
    await registry.unregister('db');
    expect((await server.get('/livez')).headers['x-resource-count']).toBe('0');
  });

  it('B-H-7: no handler for signals is installed', async () => {
    const before = process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
    await serve({ insecure: true });
    expect(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')).toBe(before);
  });

  it('B-H-8: without guards nothing but the probes is there, and no response says anything of resources', async () => {
    const { server } = await serve({});
    await server.get('/management/resources').expect(404);
    const { headers, body } = await server.get('/livez').expect(200);
    expect([body, headers['x-resource-health']]).toEqual([{ status: 'ok' }, undefined]);
  });

  it('B-H-9: modules of two applications share no defaults', async () => {
    const one = ResourceMonitoringModule.forRoot({ insecure: true });
    const two = ResourceMonitoringModule.forRoot({ insecure: true });
    expect(one.controllers).not.toBe(two.controllers);
    expect(one.controllers?.[0]).not.toBe(two.controllers?.[0]);
  });
});
