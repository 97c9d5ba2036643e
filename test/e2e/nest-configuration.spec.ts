import { describe, expect, it } from '@jest/globals';
import { ConfigModule, type ConfigType, registerAs } from '@nestjs/config';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  CircuitBreakerService,
  definePool,
  PoolService,
  ResourceModule,
  type ResourceOptions,
  type ResourceOptionsFactory,
} from '@nestjs-resources/nest';

const smtpConfig = registerAs('smtp', () => ({ host: 'localhost', size: 3 }));
const smtpPool = ({ size }: ConfigType<typeof smtpConfig>) => definePool({ create: () => ({}), maxSize: size });

describe('ResourceModule.forRootAsync with @nestjs/config', () => {
  it('injects a namespace by its key', async () => {
    const app = await Test.createTestingModule({
      imports: [
        ResourceModule.forRootAsync({
          pools: ['smtp'],
          imports: [ConfigModule.forFeature(smtpConfig)],
          inject: [smtpConfig.KEY],
          useFactory: (smtp: ConfigType<typeof smtpConfig>) => ({ pools: { smtp: smtpPool(smtp) } }),
        }),
      ],
    }).compile();
    expect(app.get(PoolService).get('smtp').getMetrics().maxSize).toBe(3);
  });

  it('takes a namespace that is the options, by asProvider()', async () => {
    const resourceConfig = registerAs('resources', (): ResourceOptions => ({
      breakers: { payments: { failureThreshold: 2 } },
    }));
    const app = await Test.createTestingModule({
      imports: [ResourceModule.forRootAsync({ breakers: ['payments'], ...resourceConfig.asProvider() })],
    }).compile();
    expect(app.get(CircuitBreakerService).get('payments').getMetrics().failureThreshold).toBe(2);
  });

  it('takes what an existing class makes', async () => {
    @Injectable()
    class Settings implements ResourceOptionsFactory {
      made = 0;
      async createResourceOptions(): Promise<ResourceOptions> {
        this.made++;
        return { pools: { smtp: definePool({ create: () => ({}), maxSize: 4 }) } };
      }
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}
    const app = await Test.createTestingModule({
      imports: [
        SettingsModule,
        ResourceModule.forRootAsync({ pools: ['smtp'], imports: [SettingsModule], useExisting: Settings }),
      ],
    }).compile();
    expect(app.get(PoolService).get('smtp').getMetrics().maxSize).toBe(4);
    expect(app.get(Settings, { strict: false }).made).toBe(1);
  });

  it('provides to the factory what only the factory needs', async () => {
    const app = await Test.createTestingModule({
      imports: [
        ResourceModule.forRootAsync({
          breakers: ['payments'],
          extraProviders: [{ provide: 'threshold', useValue: 6 }],
          inject: ['threshold'],
          useFactory: (failureThreshold: number) => ({ breakers: { payments: { failureThreshold } } }),
        }),
      ],
    }).compile();
    expect(app.get(CircuitBreakerService).get('payments').getMetrics().failureThreshold).toBe(6);
  });
});
