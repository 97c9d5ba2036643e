import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigModule, ConfigService, type ConfigType, registerAs } from '@nestjs/config';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  circuitBreakerOptionTable,
  type CircuitBreakerOptions,
  CircuitBreakerService,
  definePool,
  PoolService,
  ResourceModule,
  type ResourceOptions,
  type ResourceOptionsFactory,
  toStandardSchema,
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

describe('the validation of @nestjs/config', () => {
  let folder = '';
  const { env } = process;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-resources-config-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    process.env = env;
  });

  /** Settings of a breaker in a file of their own, checked by the table that checks the breaker. */
  function settings(content: object): ReturnType<typeof ConfigModule.forRoot> {
    process.env = { ...env };
    const file = join(folder, 'breaker.json');
    writeFileSync(file, JSON.stringify(content));
    return ConfigModule.forRoot({
      envFilePath: file,
      parser: (text) => JSON.parse(String(text)) as Record<string, never>,
      ignoreEnvVars: true,
      skipProcessEnv: true,
      validationSchema: toStandardSchema<CircuitBreakerOptions>(circuitBreakerOptionTable),
    });
  }

  it('takes the schema of an option table, defaults included', async () => {
    const app = await Test.createTestingModule({
      imports: [
        ResourceModule.forRootAsync({
          breakers: ['payments'],
          imports: [settings({ failureThreshold: 7 })],
          inject: [ConfigService],
          useFactory: (config) => ({
            breakers: {
              payments: {
                failureThreshold: config.get<number>('failureThreshold', 0),
                recoveryTimeout: config.get<number>('recoveryTimeout', 0),
              },
            },
          }),
        }),
      ],
    }).compile();
    expect(app.get(CircuitBreakerService).get('payments').getMetrics().failureThreshold).toBe(7);
    expect(app.get(ConfigService, { strict: false }).get('recoveryTimeout')).toBe(30_000);
  });

  it('finds a Standard Schema in it, and so does the type checker: this compiles', () => {
    type Settings = Required<Pick<CircuitBreakerOptions, 'failureThreshold'>>;
    const schema = toStandardSchema<CircuitBreakerOptions, Settings>(circuitBreakerOptionTable);
    const standard: StandardSchemaV1<CircuitBreakerOptions, Readonly<Settings>> = schema;
    const input: StandardSchemaV1.InferInput<typeof schema> = { failureThreshold: 3 };
    // @ts-expect-error -- the input may lack what the output has
    const output: StandardSchemaV1.InferOutput<typeof schema> = input;
    expect([standard, output]).toEqual([schema, input]);
  });

  it('says what is wrong, all at once', async () => {
    await expect(settings({ failureThreshold: 0, recoverTimeout: 1 })).rejects.toThrow(
      /failureThreshold: must be .* got 0\nrecoverTimeout: .*did you mean 'recoveryTimeout'|recoverTimeout: .*did you mean 'recoveryTimeout'\?\nfailureThreshold: must be .* got 0/,
    );
  });
});
