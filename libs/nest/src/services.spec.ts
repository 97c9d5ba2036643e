import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';

import { CircuitBreakerService, definePool, PoolService, ResourceModule } from './index.js';

async function services(): Promise<[PoolService, CircuitBreakerService]> {
  const app = await Test.createTestingModule({
    imports: [
      ResourceModule.forRoot({
        pools: { smtp: definePool({ create: () => 'client' }) },
        breakers: { payments: {} },
        defaults: { pool: { maxSize: 4 }, breaker: { failureThreshold: 7 } },
      }),
    ],
  }).compile();
  await app.init();
  return [app.get(PoolService), app.get(CircuitBreakerService)];
}

describe('PoolService', () => {
  it('is a view of the pools in the registry', async () => {
    const [pools] = await services();
    expect(pools.list()).toEqual(['smtp']);
    expect([pools.has('smtp'), pools.has('payments'), pools.has('unknown')]).toEqual([true, false, false]);
    expect(await pools.use('smtp', (client) => client)).toBe('client');
  });

  it('says what a name stands for if it is no pool, and what was probably meant if it is nothing', async () => {
    const [pools] = await services();
    expect(() => pools.get('payments')).toThrow("Resource 'payments' is not a pool but a breaker.");
    expect(() => pools.get('smpt')).toThrow("did you mean 'smtp'?");
  });

  it('makes a pool while the application runs, with the defaults of the module, and removes it', async () => {
    const [pools] = await services();
    const ftp = pools.create('ftp', definePool({ create: () => 21 }));
    expect(await ftp.use((port) => port)).toBe(21);
    expect(ftp.getMetrics().maxSize).toBe(4);
    expect(await pools.remove('ftp')).toMatchObject({ clean: true, destroyed: 1 });
    expect([pools.list(), ftp.state]).toEqual([['smtp'], 'closed']);
  });
});

describe('CircuitBreakerService', () => {
  it('is a view of the breakers in the registry', async () => {
    const [, breakers] = await services();
    expect([breakers.list(), breakers.has('payments'), breakers.has('smtp')]).toEqual([['payments'], true, false]);
    expect(() => breakers.get('smtp')).toThrow("Resource 'smtp' is not a breaker but a pool.");
    expect(await breakers.execute('payments', () => 'paid')).toBe('paid');
    await expect(breakers.execute('unknown', () => 1)).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
  });

  it('makes one breaker of a name, with the defaults of the module', async () => {
    const [, breakers] = await services();
    const rates = breakers.getOrCreate('rates');
    expect(rates.getMetrics().failureThreshold).toBe(7);
    expect(breakers.getOrCreate('rates')).toBe(rates);
    expect(() => breakers.create('rates')).toThrow(/already exists/);
    await breakers.remove('rates');
    expect(breakers.has('rates')).toBe(false);
  });

  it('makes no more than there may be', async () => {
    const app = await Test.createTestingModule({
      imports: [ResourceModule.forRoot({ maxBreakers: 2, breakers: { payments: {} } })],
    }).compile();
    const breakers = app.get(CircuitBreakerService);
    breakers.create('tenant-1');
    expect(() => breakers.create('tenant-2')).toThrow(/there are 2 already/);
    await breakers.remove('tenant-1');
    expect(breakers.create('tenant-2').name).toBe('tenant-2');
  });
});
