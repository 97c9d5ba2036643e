import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import request from 'supertest';

import {
  definePool,
  type Health,
  PoolService,
  type Resource,
  ResourceHealth,
  ResourceHealthIndicator,
  ResourceModule,
  ResourceMonitor,
} from './index.js';

class Service implements Resource {
  health: Health = { status: ResourceHealth.HEALTHY };
  check(): Health {
    return this.health;
  }
}

const search = new Service();
const mail = new Service();

@Controller()
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly resources: ResourceHealthIndicator,
  ) {}

  @Get('health')
  @HealthCheck()
  check() {
    return this.health.check([() => this.resources.check('search'), () => this.resources.check('mail')]);
  }

  @Get('group')
  @HealthCheck()
  group() {
    return this.health.check([() => this.resources.checkGroup('ready')]);
  }

  @Get('ping')
  @HealthCheck()
  ping() {
    return this.health.check([() => this.resources.ping('db', { timeout: 20 })]);
  }
}

@Module({
  imports: [
    TerminusModule.forRoot({ logger: false }),
    ResourceModule.forRoot({
      pools: {
        db: definePool({ create: () => ({}), maxSize: 1 }),
      },
      resources: { search, mail },
      registration: { search: { critical: true } },
      monitor: { failureThreshold: 1, successThreshold: 1 },
    }),
  ],
  controllers: [HealthController],
})
class AppModule {}

async function withApp(run: (app: INestApplication, monitor: ResourceMonitor) => Promise<void>): Promise<void> {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.init();
  try {
    await run(app, app.get(ResourceMonitor));
  } finally {
    await app.close();
  }
}

describe('ResourceHealthIndicator in a controller of Terminus', () => {
  it('speaks of degraded by its own word, with 200; of up with 200 and of down with 503', async () => {
    await withApp(async (app, monitor) => {
      await monitor.refresh();
      const up = await request(app.getHttpServer()).get('/health').expect(200);
      expect(up.body).toMatchObject({ status: 'ok', details: { search: { status: 'up', health: 'HEALTHY' } } });

      search.health = { status: ResourceHealth.DEGRADED, reason: 'slow' };
      await monitor.refresh('search');
      const degraded = await request(app.getHttpServer()).get('/health').expect(200);
      expect(degraded.body).toMatchObject({ status: 'degraded', details: { search: { reason: 'slow' } } });

      search.health = { status: ResourceHealth.UNHEALTHY, reason: 'gone' };
      await monitor.refresh('search');
      const down = await request(app.getHttpServer()).get('/health').expect(503);
      expect(down.body).toMatchObject({ error: { search: { status: 'down', reason: 'gone' } } });
      search.health = { status: ResourceHealth.HEALTHY };
    });
  });

  it('never says worse than degraded of what is not critical', async () => {
    await withApp(async (app, monitor) => {
      mail.health = { status: ResourceHealth.UNHEALTHY };
      await monitor.refresh();
      const { body } = await request(app.getHttpServer()).get('/health').expect(200);
      expect(body).toMatchObject({
        status: 'degraded',
        details: { mail: { status: 'degraded', health: 'UNHEALTHY' } },
      });
      mail.health = { status: ResourceHealth.HEALTHY };
    });
  });

  it('says of a group who spoils it', async () => {
    await withApp(async (app, monitor) => {
      search.health = { status: ResourceHealth.UNHEALTHY };
      await monitor.refresh();
      const { body } = await request(app.getHttpServer()).get('/group').expect(503);
      expect(body).toMatchObject({ error: { ready: { status: 'down', unwell: { search: 'UNHEALTHY' } } } });
      search.health = { status: ResourceHealth.HEALTHY };
    });
  });

  it('pings by lending a validated resource, and gives up when its time is over', async () => {
    await withApp(async (app) => {
      await request(app.getHttpServer()).get('/ping').expect(200);
      const lease = await app.get(PoolService).get('db').acquire();
      const { body } = await request(app.getHttpServer()).get('/ping').expect(503);
      expect(body).toMatchObject({ error: { db: { status: 'down', code: 'POOL_TIMEOUT' } } });
      lease.release();
    });
  });
});
