import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';

import { drainHttpServer, ResourceEvents, ResourceManager, ResourceModule } from './index.js';

/** The request in flight: `entered` when its handler has begun, and how it ends. */
let entered: () => void;
let finish: () => void;

@Controller()
class Work {
  @Get('quick')
  quick(): string {
    return 'quick';
  }
  @Get('slow')
  async slow(): Promise<string> {
    await new Promise<void>((resolve) => {
      finish = resolve;
      entered();
    });
    return 'slow';
  }
}

@Module({ imports: [ResourceModule.forRoot({ shutdown: { timeout: 500 } })], controllers: [Work] })
class AppModule {}

async function listen(adapter: ExpressAdapter | FastifyAdapter): Promise<[INestApplication, number]> {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication(adapter as ExpressAdapter, { logger: false });
  drainHttpServer(app);
  await app.listen(0, '127.0.0.1');
  return [app, (app.getHttpServer() as { address(): AddressInfo }).address().port];
}

function fetchBy(agent: Agent, port: number, path: string): Promise<IncomingMessage & { body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve(Object.assign(response, { body })));
    }).on('error', reject);
  });
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const)('drainHttpServer on %s', (_name, adapter) => {
  it('keeps connections while the application lives', async () => {
    const [app, port] = await listen(adapter());
    const agent = new Agent({ keepAlive: true });
    expect((await fetchBy(agent, port, '/quick')).headers.connection).toBe('keep-alive');
    agent.destroy();
    await app.close();
  });

  it('finishes a request in flight, and makes it the last of its connection', async () => {
    const [app, port] = await listen(adapter());
    const agent = new Agent({ keepAlive: true });
    const begun = new Promise<void>((resolve) => (entered = resolve));
    const slow = fetchBy(agent, port, '/slow');
    await begun;

    const draining = new Promise((resolve) =>
      app.get(ResourceEvents).subscribe(resolve, { type: 'application.draining' }),
    );
    const closed = app.close();
    await draining;
    finish();

    const { body, headers } = await slow;
    expect([body, headers.connection]).toEqual(['slow', 'close']);
    await closed;
    agent.destroy();
  });

  it('cuts what does not end, so that the rest of the shutdown has its time', async () => {
    const [app, port] = await listen(adapter());
    const agent = new Agent({ keepAlive: true });
    const begun = new Promise<void>((resolve) => (entered = resolve));
    const cut = expect(fetchBy(agent, port, '/slow')).rejects.toThrow(/socket hang up|ECONNRESET/);
    await begun;
    await app.close();
    await cut;
    expect(app.get(ResourceManager).report?.duration).toBeGreaterThanOrEqual(399);
    agent.destroy();
  });

  it('cuts connections that speak another protocol by now, and those that never said anything', async () => {
    const [app, port] = await listen(adapter());
    const server = app.getHttpServer() as Server;
    server.on('upgrade', (_request, socket: Duplex) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    const silent = connect(port, '127.0.0.1');
    const upgraded = connect(port, '127.0.0.1');
    upgraded.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await once(upgraded, 'data');
    const cut = Promise.all([silent, upgraded].map((socket) => once(socket, 'close')));
    await app.close();
    await cut;
    expect(app.get(ResourceManager).report?.duration).toBeGreaterThanOrEqual(399);
  });

  it.each([-1, NaN, Infinity, '5'])('refuses %p for its time', async (timeout) => {
    const [app] = await listen(adapter());
    expect(() => drainHttpServer(app, { timeout: timeout as number })).toThrow('drainHttpServer: timeout: must be');
    await app.close();
  });
});
