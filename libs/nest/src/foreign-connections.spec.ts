import { describe, expect, it } from '@jest/globals';
import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import { ResourceModule } from './index.js';

const order: string[] = [];

/** Closes its connection when the application stops, as that of @nestjs/typeorm does. */
@Global()
@Module({})
class TypeOrmCoreModule implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    order.push('data source');
  }
}

@Module({ imports: [TypeOrmCoreModule] })
class TypeOrmModule {}

const resources = ResourceModule.forRoot({ resources: { smtp: { close: () => void order.push('smtp') } } });

async function warnings(
  imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>,
): Promise<string[]> {
  const warned: string[] = [];
  const quiet = (): void => undefined;
  const app = await Test.createTestingModule({ imports })
    .setLogger({ log: quiet, error: quiet, warn: (message: string) => void warned.push(message) })
    .compile();
  await app.init();
  order.length = 0;
  await app.close();
  return warned.filter((message) => message.includes('TypeOrmModule'));
}

describe('a foreign connection', () => {
  it('is warned of when it is closed before the resources', async () => {
    expect(await warnings([resources, TypeOrmModule])).toEqual([
      expect.stringContaining('Import TypeOrmModule.forRoot() first'),
    ]);
    expect(order).toEqual(['data source', 'smtp']);
  });

  it('is left in peace when it is closed after them', async () => {
    expect(await warnings([TypeOrmModule, resources])).toEqual([]);
    expect(order).toEqual(['smtp', 'data source']);
  });
});
