import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  type INestApplication,
  Injectable,
  type LoggerService,
  Module,
  NotFoundException,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import request from 'supertest';

import {
  BulkheadFullError,
  CircuitBreakerService,
  ConnectionPool,
  definePool,
  InjectPool,
  ResourceError,
  ResourceExceptionFilter,
  ResourceModule,
} from './index.js';

@Injectable()
class Calls {
  constructor(
    @InjectPool('smtp') readonly pool: ConnectionPool<object>,
    readonly breakers: CircuitBreakerService,
  ) {}
}

@Controller()
class Failing {
  constructor(private readonly calls: Calls) {}

  @Get('circuit')
  async circuit(): Promise<unknown> {
    this.calls.breakers.get('payments').setMode('forced_open', { reason: 'test', ttl: 90_500 });
    return this.calls.breakers.execute('payments', () => 'never');
  }

  @Get('timeout')
  async timeout(): Promise<unknown> {
    const lease = await this.calls.pool.acquire({ label: 'somebody else, with password=hunter2' });
    try {
      return await this.calls.pool.acquire({ timeout: 1 });
    } finally {
      lease.release();
    }
  }

  @Get('bulkhead')
  bulkhead(): never {
    throw new ResourceError('Too many calls at once.', { code: 'BULKHEAD_FULL', resource: 'payments' });
  }

  @Get('lost')
  lost(): never {
    throw new ResourceError('postgres://app:hunter2@db: gone', { code: 'CONNECTION_LOST', resource: 'db' });
  }

  @Get('closed')
  async closed(): Promise<unknown> {
    await this.calls.pool.close();
    return this.calls.pool.acquire();
  }

  @Get('mistake')
  mistake(): unknown {
    return this.calls.breakers.get('unknown');
  }

  @Get('http')
  http(): never {
    throw new NotFoundException();
  }
}

@Module({
  imports: [
    ResourceModule.forRoot({
      pools: { smtp: definePool({ create: () => ({}), maxSize: 1 }) },
      breakers: { payments: {} },
    }),
  ],
  controllers: [Failing],
  providers: [Calls],
})
class BareModule {}

@Module({ imports: [BareModule], providers: [{ provide: APP_FILTER, useClass: ResourceExceptionFilter }] })
class AppModule {}

const silent: LoggerService = { log: () => undefined, error: () => undefined, warn: () => undefined };

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const)('ResourceExceptionFilter on %s', (_name, adapter) => {
  let app: INestApplication;

  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .setLogger(silent)
      .compile();
    app = module.createNestApplication(adapter());
    await app.listen(0, '127.0.0.1');
  });
  afterEach(() => app.close());

  const get = (path: string) => request(app.getHttpServer()).get(path);

  it('answers an open circuit with 503 and how long to wait, in whole seconds', async () => {
    await get('/circuit').expect(503).expect('Retry-After', '91').expect({
      statusCode: 503,
      error: 'Service Unavailable',
      message: "'payments' cannot serve just now. Try again in 91 s.",
      code: 'CIRCUIT_OPEN',
      resource: 'payments',
    });
  });

  it.each([
    ['timeout', 'POOL_TIMEOUT', 'smtp'],
    ['bulkhead', 'BULKHEAD_FULL', 'payments'],
    ['lost', 'CONNECTION_LOST', 'db'],
    ['closed', 'POOL_CLOSED', 'smtp'],
  ])('answers %s with 503, %s, and nothing of its inside', async (path, code, resource) => {
    const { body, text, headers } = await get(`/${path}`).expect(503);
    expect(body).toMatchObject({ code, resource });
    expect(headers['retry-after']).toBe('1');
    expect(text).not.toMatch(/hunter2|somebody/);
  });

  it("leaves a programmer's mistake to be a 500", async () => {
    await get('/mistake').expect(500).expect({ statusCode: 500, message: 'Internal server error' });
  });

  it('leaves other exceptions alone', async () => {
    await get('/http').expect(404);
  });
});

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const)('ResourceExceptionFilter made by hand, without an adapter, on %s', (_name, adapter) => {
  it('answers all the same, and nothing of the inside of the error reaches the client', async () => {
    const module = await Test.createTestingModule({ imports: [BareModule] })
      .setLogger(silent)
      .compile();
    const app = module
      .createNestApplication(adapter() as ExpressAdapter)
      .useGlobalFilters(new ResourceExceptionFilter());
    await app.listen(0, '127.0.0.1');
    const { text, body, headers } = await request(app.getHttpServer()).get('/timeout').expect(503);
    expect(body).toMatchObject({ code: 'POOL_TIMEOUT', resource: 'smtp' });
    expect([headers['retry-after'], /hunter2|somebody|at /.test(text)]).toEqual(['1', false]);
    await app.close();
  });
});

describe('ResourceExceptionFilter after an answer has begun', () => {
  it('ends it, since its status is already on its way', () => {
    const ended: unknown[] = [];
    const adapter = { isHeadersSent: () => true, end: (response: unknown) => void ended.push(response) };
    const response = {};
    const host = { getType: () => 'http', switchToHttp: () => ({ getResponse: () => response }) } as never;
    const error = new ResourceError('refused', { code: 'CIRCUIT_OPEN', resource: 'payments' });
    void new ResourceExceptionFilter(adapter as never).catch(error, host);
    expect(ended).toEqual([response]);
  });
});

describe('ResourceExceptionFilter on other transports', () => {
  const error = new BulkheadFullError({
    what: 'A bulkhead',
    resource: 'payments',
    maxConcurrent: 1,
    queueLimit: 0,
    waited: 0,
  });

  it('tells the client of a gateway', () => {
    const told: unknown[] = [];
    const client = { emit: (...message: unknown[]) => void told.push(message) };
    const host = { getType: () => 'ws', switchToWs: () => ({ getClient: () => client }) } as never;
    void new ResourceExceptionFilter().catch(error, host);
    expect(told).toEqual([['exception', expect.objectContaining({ code: 'BULKHEAD_FULL', resource: 'payments' })]]);
  });

  it('rethrows the very error elsewhere', () => {
    const host = { getType: () => 'graphql' } as never;
    expect(() => new ResourceExceptionFilter().catch(error, host)).toThrow(error);
  });
});
