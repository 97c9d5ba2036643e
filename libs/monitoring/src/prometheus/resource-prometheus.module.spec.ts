import { afterEach, describe, expect, it } from '@jest/globals';
import { definePool, PoolService, ResourceModule, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/nest';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Counter, register as defaultRegister, Registry } from 'prom-client';

import { ResourcePrometheusModule } from './index.js';

const open: INestApplication[] = [];
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
  defaultRegister.clear();
});

async function boot(options: Parameters<typeof ResourcePrometheusModule.forRoot>[0]): Promise<INestApplication> {
  const module = await Test.createTestingModule({
    imports: [
      ResourceModule.forRoot({
        pools: { smtp: definePool({ create: () => ({}), minSize: 1 }) },
        monitor: { system: false },
      }),
      ResourcePrometheusModule.forRoot(options),
    ],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  open.push(app);
  await app.init();
  await app.get(ResourceMonitor).refresh();
  return app;
}

describe('ResourcePrometheusModule', () => {
  it('puts the metrics into the registry it is given, beside those of others', async () => {
    const register = new Registry();
    const orders = new Counter({ name: 'orders_total', help: 'Orders.', registers: [register] });
    orders.inc(3);
    await boot({ register, prefix: 'shop' });
    const text = await register.metrics();
    expect(text).toMatch(/^orders_total 3$/m);
    expect(text).toMatch(/^shop_pool_connections\{pool="smtp",state="idle"\} 1$/m);
  });

  it("takes prom-client's own registry if it is given none, which is what other modules serve", async () => {
    await boot({});
    expect(await defaultRegister.metrics()).toMatch(/^resource_up\{resource="smtp"\} 1$/m);
  });

  it('says why connections were destroyed and how long the start took, as sums that are right', async () => {
    const register = new Registry();
    const app = await boot({ register });
    await app.get(PoolService).get('smtp').evict();
    const text = await register.metrics();
    expect(text).toMatch(/^resource_pool_destroyed_total\{pool="smtp",reason="evict"\} 1$/m);
    expect(text).toMatch(/^resource_start_seconds\{resource="smtp"\} \d/m);
    expect(text).toMatch(/^resource_stop_failures_total\{resource="smtp"\} 0$/m);
  });

  it('lets the series of a resource vanish with it, and all of them with the application', async () => {
    const register = new Registry();
    const app = await boot({ register });
    await app.get(ResourceRegistry).unregister('smtp');
    expect(await register.metrics()).not.toContain('"smtp"');
    await app.close();
    expect(register.getMetricsAsArray()).toEqual([]);
    await boot({ register });
    expect(await register.metrics()).toContain('"smtp"');
  });

  it('lets two applications live in one process, each with a registry of its own, and not with the same', async () => {
    const registers = [new Registry(), new Registry()] as const;
    for (const register of registers) await boot({ register });
    for (const register of registers) expect(await register.metrics()).toMatch(/^resource_up\{resource="smtp"\} 1$/m);
    await expect(boot({ register: registers[0] })).rejects.toThrow('give each application a registry of its own');
  });
});
