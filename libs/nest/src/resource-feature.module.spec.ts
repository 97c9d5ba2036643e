import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  type CircuitBreaker,
  type ConnectionPool,
  definePool,
  getPoolToken,
  InjectCircuitBreaker,
  InjectPool,
  PoolService,
  ResourceModule,
  ResourceRegistry,
} from './index.js';

const pool = () => definePool({ create: () => ({}), minSize: 1 });

@Injectable()
class Orders {
  constructor(
    @InjectPool('orders') readonly orders: ConnectionPool<object>,
    @InjectCircuitBreaker('gateway') readonly gateway: CircuitBreaker,
  ) {}
}

describe('ResourceModule.forFeature', () => {
  it('declares into the registry of the root, with its defaults', async () => {
    @Module({
      imports: [
        ResourceModule.forFeature({
          pools: { orders: pool() },
          breakers: { gateway: {} },
          registration: { orders: { lazy: true } },
        }),
      ],
      providers: [Orders],
    })
    class OrdersModule {}
    const app = await Test.createTestingModule({
      imports: [OrdersModule, ResourceModule.forRoot({ defaults: { pool: { maxSize: 3 } } })],
    }).compile();
    await app.init();

    const orders = app.get(Orders, { strict: false });
    expect(app.get(ResourceRegistry).get('orders')).toBe(orders.orders);
    expect(app.get(ResourceRegistry).entry('orders').lazy).toBe(true);
    expect(app.get(ResourceRegistry).get('gateway')).toBe(orders.gateway);
    expect(orders.orders.getMetrics().maxSize).toBe(3);
    await app.close();
    expect(orders.orders.state).toBe('closed');
  });

  it('is one declaration when two modules import the same one', async () => {
    const feature = ResourceModule.forFeature({ pools: { shared: pool() } });
    @Module({ imports: [feature] })
    class One {}
    @Module({ imports: [feature] })
    class Two {}
    const app = await Test.createTestingModule({ imports: [One, Two, ResourceModule.forRoot()] }).compile();
    expect(app.get(PoolService).list()).toEqual(['shared']);
  });

  it('aliases what the root declares, so that it is one instance', async () => {
    @Injectable()
    class Mailer {
      constructor(@InjectPool('smtp') readonly smtp: ConnectionPool<object>) {}
    }
    @Module({ imports: [ResourceModule.forFeature({ use: { pools: ['smtp'] } })], providers: [Mailer] })
    class MailModule {}
    const app = await Test.createTestingModule({
      imports: [MailModule, ResourceModule.forRoot({ isGlobal: false, pools: { smtp: pool() } })],
    }).compile();
    expect(app.get(Mailer, { strict: false }).smtp).toBe(app.get(PoolService).get('smtp'));
  });

  it('is needed to inject a pool where the root is not global', async () => {
    @Injectable()
    class Mailer {
      constructor(@InjectPool('smtp') readonly smtp: ConnectionPool<object>) {}
    }
    @Module({ providers: [Mailer] })
    class MailModule {}
    const compiled = Test.createTestingModule({
      imports: [MailModule, ResourceModule.forRoot({ isGlobal: false, pools: { smtp: pool() } })],
    }).compile();
    await expect(compiled).rejects.toThrow(/ResourcePool_smtp/);
  });

  it('uses what a test puts in place of its pool', async () => {
    @Module({ imports: [ResourceModule.forFeature({ pools: { orders: pool() } })] })
    class OrdersModule {}
    const fake = { kind: 'pool' };
    const app = await Test.createTestingModule({ imports: [OrdersModule, ResourceModule.forRoot()] })
      .overrideProvider(getPoolToken('orders'))
      .useValue(fake)
      .compile();
    expect(app.get(ResourceRegistry).get('orders')).toBe(fake);
  });
});
