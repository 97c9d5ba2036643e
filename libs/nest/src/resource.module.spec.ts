import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  CircuitBreakerService,
  ConnectionPool,
  definePool,
  getPoolToken,
  getResourceToken,
  InjectCircuitBreaker,
  InjectPool,
  InjectResource,
  PoolService,
  ResourceManager,
  ResourceModule,
  ResourceRegistry,
  type CircuitBreaker,
  type ResourceOptions,
} from './index.js';

class Client {
  closed = false;
  async quit(): Promise<void> {
    this.closed = true;
  }
}

const smtp = () => definePool({ create: () => new Client(), destroy: (client) => client.quit(), minSize: 1 });

describe('ResourceModule', () => {
  it('gives pools and breakers to whom injects them, everywhere', async () => {
    @Injectable()
    class Mailer {
      constructor(
        @InjectPool('smtp') readonly smtp: ConnectionPool<Client>,
        @InjectCircuitBreaker('payments') readonly payments: CircuitBreaker,
        @InjectResource('smtp') readonly resource: object,
      ) {}
    }
    @Module({ providers: [Mailer], exports: [Mailer] })
    class MailModule {}

    const app = await Test.createTestingModule({
      imports: [MailModule, ResourceModule.forRoot({ pools: { smtp: smtp() }, breakers: { payments: {} } })],
    }).compile();
    const mailer = app.get(Mailer, { strict: false });

    expect(mailer.smtp).toBeInstanceOf(ConnectionPool);
    expect(mailer.resource).toBe(mailer.smtp);
    expect(mailer.payments.name).toBe('payments');
    expect(app.get(ResourceRegistry).get('smtp')).toBe(mailer.smtp);
    expect(app.get(PoolService).list()).toEqual(['smtp']);
    expect(app.get(CircuitBreakerService).get('payments')).toBe(mailer.payments);
  });

  it('builds cold, starts with the application and closes with it', async () => {
    const app = await Test.createTestingModule({
      imports: [ResourceModule.forRoot({ pools: { smtp: smtp() } })],
    }).compile();
    const pool = app.get(PoolService).get<Client>('smtp');
    expect([pool.state, pool.size]).toEqual(['cold', 0]);

    await app.init();
    expect([pool.state, pool.size, app.get(ResourceManager).isReady]).toEqual(['running', 1, true]);
    const client = await pool.use((client) => client);

    await app.close();
    expect([pool.state, client.closed, app.get(ResourceManager).phase]).toEqual(['closed', true, 'stopped']);
  });

  it('uses what a test puts in place of a pool everywhere, and never connects', async () => {
    let connected = 0;
    const fake = new ConnectionPool<Client>({ name: 'fake', create: () => new Client() });
    const app = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({ pools: { smtp: definePool({ create: () => void connected++, minSize: 1 }) } }),
      ],
    })
      .overrideProvider(getPoolToken('smtp'))
      .useValue(fake)
      .compile();
    await app.init();

    expect(app.get(getPoolToken('smtp'))).toBe(fake);
    expect(app.get(getResourceToken('smtp'))).toBe(fake);
    expect(app.get(PoolService).get('smtp')).toBe(fake);
    expect(connected).toBe(0);
    await app.close();
  });

  it('takes options from a factory, and injects it', async () => {
    class Settings {
      readonly size = 3;
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}

    const app = await Test.createTestingModule({
      imports: [
        ResourceModule.forRootAsync({
          pools: ['smtp'],
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: (settings) => ({ pools: { smtp: definePool({ create: () => ({}), maxSize: settings.size }) } }),
        }),
      ],
    }).compile();
    expect(app.get(PoolService).get('smtp').getMetrics().maxSize).toBe(3);
  });

  it('takes options from a class', async () => {
    @Injectable()
    class Options {
      createResourceOptions(): ResourceOptions {
        return { breakers: { payments: { failureThreshold: 2 } } };
      }
    }
    const app = await Test.createTestingModule({
      imports: [ResourceModule.forRootAsync({ breakers: ['payments'], useClass: Options })],
    }).compile();
    expect(app.get(CircuitBreakerService).get('payments').getMetrics().failureThreshold).toBe(2);
  });

  it('shares nothing between two applications', async () => {
    const imports = [ResourceModule.forRoot({ pools: { smtp: smtp() } })];
    const [one, two] = [
      await Test.createTestingModule({ imports }).compile(),
      await Test.createTestingModule({ imports }).compile(),
    ];
    expect(one.get(PoolService).get('smtp')).not.toBe(two.get(PoolService).get('smtp'));
    expect(one.get(ResourceRegistry)).not.toBe(two.get(ResourceRegistry));
  });
});
