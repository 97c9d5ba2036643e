import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import {
  type CallContext,
  CircuitBreaker,
  CircuitBreakerService,
  type ConnectionPool,
  definePool,
  InjectPool,
  ManagedTask,
  ResourceManager,
  ResourceModule,
} from './index.js';

@Injectable()
class Mailer {
  constructor(@InjectPool('smtp') readonly smtp: ConnectionPool<string>) {}

  @CircuitBreaker('mail')
  send(): Promise<string> {
    return this.smtp.use((client) => client);
  }

  @ManagedTask()
  async work({ signal }: CallContext): Promise<void> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

@Module({
  imports: [
    ResourceModule.forRoot({
      pools: { smtp: definePool({ create: () => 'client', minSize: 1 }) },
      breakers: { mail: {} },
    }),
  ],
  providers: [Mailer],
})
class AppModule {}

describe('an application whose providers are proxies, as monitoring tools make them', () => {
  it('starts, works and stops', async () => {
    // A Map cannot be wrapped like this, and Nest itself keeps its modules in one.
    const instanceDecorator = (instance: unknown): unknown =>
      typeof instance === 'object' && instance !== null && !(instance instanceof Map)
        ? new Proxy(instance, {})
        : instance;
    const app = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
      abortOnError: false,
      instrument: { instanceDecorator },
    });

    expect(await app.get(Mailer).send()).toBe('client');
    expect(app.get(CircuitBreakerService).get('mail').getMetrics().totalSuccesses).toBe(1);
    await app.close();
    expect(app.get(ResourceManager).report).toMatchObject({ clean: true, registry: { late: [], errors: [] } });
  });
});
