import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Injectable, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  type CircuitBreaker,
  type ConnectionPool,
  definePool,
  InjectCircuitBreaker,
  InjectPool,
  InjectResource,
  PoolService,
  ResourceModule,
} from './index.js';

const docs = readFileSync(new URL('../../../docs/nest.md', import.meta.url), 'utf8');
const smtp = definePool({ create: () => ({}) });

async function boot(provider: Type): Promise<unknown> {
  @Module({ imports: [ResourceModule.forRoot({ pools: { smtp } })], providers: [provider] })
  class AppModule {}
  const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
  await app.close();
  return app;
}

describe('a name that nobody declares', () => {
  it('is refused by Nest, in the words that the documentation explains', async () => {
    @Injectable()
    class Receipts {
      constructor(@InjectPool('smpt') readonly smtp: ConnectionPool<object>) {}
    }
    const refusal = await boot(Receipts).then(
      () => '',
      (error: Error) => error.message,
    );
    const [said] = refusal.split('\n');
    expect(said).toContain('"ResourcePool_smpt"');
    expect(docs).toContain(said);
  });

  it('is quoted by the kind that was asked for', async () => {
    @Injectable()
    class AsBreaker {
      constructor(@InjectCircuitBreaker('smtp') readonly breaker: CircuitBreaker) {}
    }
    @Injectable()
    class AsResource {
      constructor(@InjectResource('dns') readonly dns: object) {}
    }
    await expect(boot(AsBreaker)).rejects.toThrow('"ResourceCircuitBreaker_smtp"');
    await expect(boot(AsResource)).rejects.toThrow('"Resource_dns"');
  });

  it('is told from the known ones where it is asked for by hand', async () => {
    const app = await Test.createTestingModule({ imports: [ResourceModule.forRoot({ pools: { smtp } })] }).compile();
    expect(() => app.get(PoolService).get('smpt')).toThrow("did you mean 'smtp'");
    await app.close();
  });
});
