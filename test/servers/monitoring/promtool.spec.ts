import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ResourceMonitoringModule } from '@nestjs-resources/monitoring';
import { CircuitBreakerService, definePool, PoolService, ResourceModule } from '@nestjs-resources/nest';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import request from 'supertest';
import { describeWith } from '../../support/describe-with.js';

const found = spawnSync('promtool', ['--version']).status === 0;
const missing = found ? undefined : "there is no promtool; Debian's package `prometheus` has it.";

describeWith(missing, 'promtool', () => {
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({
          pools: { 'engine_pool_app@db/"orders"\n': definePool({ create: () => ({}) }) },
          breakers: { payments: { trip: { window: 'count', size: 4, failureRate: 50 } } },
        }),
        ResourceMonitoringModule.forRoot({
          insecure: true,
          routes: { metrics: true },
          metrics: { register: new Registry() },
        }),
      ],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  it('finds nothing wrong with the metrics of a service that was used', async () => {
    await app.get(PoolService).use('engine_pool_app@db/"orders"\n', () => undefined);
    for (let call = 0; call < 8; call++) await app.get(CircuitBreakerService).execute('payments', () => call);
    const { text } = await request(app.getHttpServer()).get('/metrics').expect(200);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  });
});
