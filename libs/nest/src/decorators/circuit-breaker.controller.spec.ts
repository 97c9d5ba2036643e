import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Module,
  type NestInterceptor,
  Param,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { map, Observable, of } from 'rxjs';
import request from 'supertest';

import { CircuitBreaker, CircuitBreakerService, ResourceModule } from '../index.js';

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const)('@CircuitBreaker on a controller, on %s', (_name, adapter) => {
  const Role = (role: string) => SetMetadata('role', role);

  @Injectable()
  class RoleGuard implements CanActivate {
    constructor(private readonly reflector: Reflector) {}
    canActivate(context: ExecutionContext): boolean {
      return this.reflector.get('role', context.getHandler()) === 'clerk';
    }
  }

  @Injectable()
  class Shout implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler<string>): Observable<string> {
      return next.handle().pipe(map((answer) => `${context.getHandler().name}: ${answer.toUpperCase()}`));
    }
  }

  @Controller()
  class Orders {
    @Get('above/:id')
    @Role('clerk')
    @UseGuards(RoleGuard)
    @UseInterceptors(Shout)
    @CircuitBreaker('orders')
    async above(@Param('id', ParseIntPipe) id: number): Promise<string> {
      return `order ${id + 1}`;
    }

    @CircuitBreaker('orders')
    @Get('below/:id')
    @Role('clerk')
    @UseGuards(RoleGuard)
    @UseInterceptors(Shout)
    async below(@Param('id', ParseIntPipe) id: number): Promise<string> {
      return `order ${id + 1}`;
    }

    @CircuitBreaker('orders')
    @Get('stream')
    stream(): Observable<string> {
      return of('first', 'last');
    }
  }

  /** Has routes and guards of its own class, and those it inherits. */
  @Controller('vip')
  class VipOrders extends Orders {}

  @Controller({ path: 'scoped', scope: Scope.REQUEST })
  class ScopedOrders {
    private readonly id = Math.random();
    @Get()
    @CircuitBreaker('orders')
    async who(): Promise<string> {
      return String(this.id);
    }
  }

  @Module({
    imports: [ResourceModule.forRoot({ breakers: { orders: {} } })],
    controllers: [Orders, VipOrders, ScopedOrders],
  })
  class AppModule {}

  let app: INestApplication;
  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication(adapter() as ExpressAdapter);
    await app.listen(0, '127.0.0.1');
  });
  afterEach(() => app.close());

  const get = (path: string) => request(app.getHttpServer() as Server).get(path);
  const successes = (): number => app.get(CircuitBreakerService).get('orders').getMetrics().totalSuccesses;

  it.each(['above', 'below', 'vip/above', 'vip/below'])(
    'does not lose route, pipe, guard, interceptor or metadata by wrapping, above or below @Get: %s',
    async (path) => {
      await get(`/${path}/7`).expect(200, `${path.split('/').at(-1)}: ORDER 8`);
      expect(successes()).toBe(1);
    },
  );

  it('answers with the last value of a stream', async () => {
    await get('/stream').expect(200, 'last');
    expect(successes()).toBe(1);
  });

  it('guards a controller that is made for each request', async () => {
    const [one, two] = [await get('/scoped').expect(200), await get('/scoped').expect(200)];
    expect(one.text).not.toBe(two.text);
    expect(successes()).toBe(2);
  });
});
