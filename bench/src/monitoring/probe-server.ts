import { ResourceMonitoringModule } from '@nestjs-resources/monitoring';
import { definePool, getPoolToken, ResourceModule, type ConnectionPool } from '@nestjs-resources/nest';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  HealthCheck,
  HealthCheckService,
  TerminusModule,
  TypeOrmHealthIndicator,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';

/** Does nothing, in the same words as a probe. */
@Controller('constant')
class ConstantController {
  @Get()
  constant(): { status: string } {
    return { status: 'ok' };
  }
}

/** The same job as Terminus does it: a round trip to the database for each request. */
@Controller('terminus')
class TerminusController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.database.pingCheck('database')]);
  }
}

const dead = {
  kind: 'data-source',
  check: () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:5432')),
};
let asked = 0;
/** Says how often it was asked. */
const counted = {
  kind: 'data-source',
  check: () => {
    asked++;
    return { status: 'HEALTHY' as const };
  },
};
const hung = { kind: 'data-source', check: () => new Promise<never>(() => undefined) };

@Module({
  imports: [
    ResourceModule.forRoot({
      pools: { saturated: definePool({ create: () => ({}), maxSize: 2, acquireTimeout: 600_000 } as never) },
      resources: { dead, hung, counted },
    }),
    ResourceMonitoringModule.forRoot({ insecure: true }),
    // In memory: a database cannot be nearer.
    TypeOrmModule.forRoot({ type: 'sqljs' }),
    TerminusModule,
  ],
  controllers: [ConstantController, TerminusController],
})
class ServerModule {}

const app = await NestFactory.create(ServerModule, { logger: false });
await app.listen(0, '127.0.0.1');
const pool = app.get<ConnectionPool<object>>(getPoolToken('saturated'));
for (let waiter = 0; waiter < 1_000; waiter++) void pool.acquire().catch(() => undefined);

process.on('message', (message) => {
  if (message === 'end') process.exit(0);
  process.send?.(asked);
});
process.send?.((app.getHttpServer() as { address(): { port: number } }).address().port);
