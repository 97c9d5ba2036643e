import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice, Module, UseFilters } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { lastValueFrom, Observable, of } from 'rxjs';

import {
  CircuitBreaker,
  CircuitBreakerService,
  ResourceExceptionFilter,
  ResourceManager,
  ResourceModule,
} from './index.js';

@Controller()
@UseFilters(ResourceExceptionFilter)
class Prices {
  @MessagePattern('price')
  @CircuitBreaker('prices', { fallback: 'lastKnown' })
  async price(@Payload() article: string): Promise<string> {
    if (article === 'broken') throw new Error('no price');
    return `${article}: 10`;
  }

  lastKnown(article: string): string {
    return `${article}: 9, as of yesterday`;
  }

  @CircuitBreaker('streams')
  @MessagePattern('stream')
  stream(@Payload() articles: string[]): Observable<string> {
    return of(...articles);
  }

  @MessagePattern('refused')
  @CircuitBreaker('forced')
  async refused(): Promise<string> {
    return 'never';
  }
}

@Module({
  imports: [ResourceModule.forRoot({ breakers: { prices: { failureThreshold: 1 }, streams: {}, forced: {} } })],
  controllers: [Prices],
})
class AppModule {}

describe('a microservice over TCP', () => {
  let app: INestMicroservice;
  let client: ClientProxy;

  beforeAll(async () => {
    const port = await freePort();
    const options = { transport: Transport.TCP, options: { host: '127.0.0.1', port } } as const;
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestMicroservice({ ...options, logger: false });
    await app.listen();
    client = ClientProxyFactory.create(options);
  });
  afterAll(async () => {
    await client.close();
    await app.close();
  });

  const send = (pattern: string, data: unknown): Promise<unknown> => lastValueFrom(client.send(pattern, data));

  it('has handlers behind circuit breakers', async () => {
    expect(await send('price', 'tea')).toBe('tea: 10');
    expect(await send('price', 'broken')).toBe('broken: 9, as of yesterday');
    expect(app.get(CircuitBreakerService).get('prices').state).toBe('open');
    expect(await send('price', 'tea')).toBe('tea: 9, as of yesterday');
  });

  it('streams through them', async () => {
    expect(await send('stream', ['tea', 'milk'])).toBe('milk');
    expect(app.get(CircuitBreakerService).get('streams').getMetrics().totalSuccesses).toBe(1);
  });

  it('answers a refused call with who refused and when to come back', async () => {
    app.get(CircuitBreakerService).get('forced').setMode('forced_open', { reason: 'test', ttl: 5_000 });
    await expect(send('refused', '')).rejects.toEqual({
      status: 'error',
      statusCode: 503,
      error: 'Service Unavailable',
      message: "'forced' cannot serve just now. Try again in 5 s.",
      code: 'CIRCUIT_OPEN',
      resource: 'forced',
      retryAfter: 5,
    });
  });

  it('runs through the phases of the manager', async () => {
    const manager = app.get(ResourceManager);
    expect(manager.isReady).toBe(true);
    await app.close();
    expect(manager.phase).toBe('stopped');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
