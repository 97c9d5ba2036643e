import { once } from 'node:events';
import { connect } from 'node:net';

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ResourceEvents, ResourceModule, ResourceMonitor, type Resource } from '@nestjs-resources/nest';
import type { INestApplication } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import request from 'supertest';

import { ResourceMonitoringModule, type ResourceMonitoringOptions } from './index.js';

// Real servers, many requests, and perhaps a busy machine.
jest.setTimeout(60_000);

const MEBIBYTE = 1_048_576;

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function serve(
  resources: Record<string, Resource>,
  options: ResourceMonitoringOptions = {},
  adapter: AbstractHttpAdapter = new ExpressAdapter() as AbstractHttpAdapter,
) {
  const module = await Test.createTestingModule({
    imports: [
      ResourceModule.forRoot({ resources, monitor: { system: false } }),
      ResourceMonitoringModule.forRoot({ insecure: true, ...options }),
    ],
  }).compile();
  app = module.createNestApplication(adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  await app.get(ResourceMonitor).refresh();
  return { app, server: request(app.getHttpServer()), port: (app.getHttpServer().address() as { port: number }).port };
}

/** As many resources, each of which has much to say. */
function talkative(count: number, reason = 'x'.repeat(1_900)): Record<string, Resource> {
  const figures = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`figure${index}`, 'y'.repeat(30)]));
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `resource${index}`,
      {
        check: () => ({ status: index === count - 1 ? ('UNHEALTHY' as const) : ('DEGRADED' as const), reason }),
        getMetrics: () => ({ type: 'custom', name: 'x', ...figures }),
      },
    ]),
  );
}

describe('What an answer is at most', () => {
  it('is a mebibyte of a list, whose pages together are everything', async () => {
    const { server } = await serve(talkative(400));
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { text, body } = await server.get(`/management/resources?${after}`).expect(200);
      expect(text.length).toBeLessThan(MEBIBYTE);
      expect(body.resource_count).toBe(400);
      seen.push(...Object.keys(body.resources));
      if (!body.next) break;
      after = `after=${body.next}`;
    }
    expect(seen).toEqual(Array.from({ length: 400 }, (_, index) => `resource${index}`));
  });

  it('is a mebibyte of a summary, from which what is well is left out first', async () => {
    const { server } = await serve(talkative(800));
    for (const path of ['/management/health', '/management/report', '/management/health/ready']) {
      const { text, body } = await server.get(path);
      expect(text.length).toBeLessThan(MEBIBYTE);
      if (path !== '/management/health') continue;
      const names = Object.keys(body.resources);
      expect([body.resource_count, names.length + body.omitted, names[0]]).toEqual([800, 800, 'resource799']);
    }
  });

  it('is 200 events or a mebibyte of them, and says where to go on', async () => {
    const { app, server } = await serve({});
    const events = app.get(ResourceEvents);
    const first = events.lastSequence;
    for (let left = 300; left > 0; left--) {
      const details = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`word${index}`, 'z'.repeat(1_000)]));
      events.publish({ resource: 'x' }, { type: 'x.happened', ...details });
    }
    const { text, body } = await server.get(`/management/events?after=${first}&limit=200`).expect(200);
    expect(text.length).toBeLessThan(MEBIBYTE);
    expect(body.items.length).toBeGreaterThan(40);
    expect(body.next).toBe(body.items.at(-1).sequence);
    expect((await server.get(`/management/events?after=${body.next}`)).body.items[0].sequence).toBe(body.next + 1);
  });
});

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter() as AbstractHttpAdapter],
  ['Fastify', () => new FastifyAdapter() as unknown as AbstractHttpAdapter],
];

describe.each(adapters)('A client of the stream that has stopped reading, on %s', (_, adapter) => {
  it('costs neither memory nor the end of the application', async () => {
    const { app, port } = await serve({}, { streams: 1 }, adapter());
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /management/stream HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'readable');
    socket.pause();
    const events = app.get(ResourceEvents);
    const before = process.memoryUsage().external;
    for (let left = 3_000; left > 0; left--) {
      events.publish({ resource: 'x' }, { type: 'x.happened', word: 'w'.repeat(1_900), other: 'o'.repeat(1_900) });
      if (left % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(process.memoryUsage().external - before).toBeLessThan(4 * MEBIBYTE);
    const began = performance.now();
    await app.close();
    expect(performance.now() - began).toBeLessThan(3_000);
    socket.destroy();
  });

  it('leaves its place to others when it goes', async () => {
    const { server, port } = await serve({}, { streams: 1 }, adapter());
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /management/stream HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'readable');
    await server.get('/management/stream').expect(503);
    socket.destroy();
    for (let left = 50; left > 0; left--) {
      const stop = new AbortController();
      const { status } = await fetch(`http://127.0.0.1:${port}/management/stream`, { signal: stop.signal });
      stop.abort();
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('The place was never free again.');
  });
});
