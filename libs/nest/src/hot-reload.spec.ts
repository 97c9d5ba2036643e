import { describe, expect, it } from '@jest/globals';
import { Global, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import {
  type CallContext,
  definePool,
  ManagedTask,
  ManualClock,
  OnResourceEvent,
  ResourceHealthCheck,
  ResourceModule,
} from './index.js';

const TIMES = 50;

@Injectable()
class Worker {
  @ManagedTask()
  async work({ signal }: CallContext): Promise<void> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  @ResourceHealthCheck('disk')
  check(): { status: 'HEALTHY' } {
    return { status: 'HEALTHY' };
  }

  @OnResourceEvent()
  hear(): void {}
}

@Global()
@Module({ providers: [Worker] })
class WorkModule {}

const listeners = (): number => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);

describe('an application that is made and closed again and again in one process, as by hot reload', () => {
  it(`leaves no listener and no timer after ${TIMES} lives`, async () => {
    const before = listeners();
    for (let time = 0; time < TIMES; time++) {
      const clock = new ManualClock();
      @Module({
        imports: [
          WorkModule,
          ResourceModule.forRoot({
            clock,
            pools: { smtp: definePool({ create: () => ({}), minSize: 1 }) },
            breakers: { payments: {} },
          }),
        ],
      })
      class AppModule {}
      const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
      expect(clock.pending).toBeGreaterThan(0);
      await app.close();
      expect([clock.pending, clock.held]).toEqual([0, false]);
    }
    expect(listeners()).toBe(before);
  }, 30_000);
});
