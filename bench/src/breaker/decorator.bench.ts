import { CircuitBreaker as Breaker } from '@nestjs-resources/core';
import { CircuitBreaker, CircuitBreakerService, ResourceModule } from '@nestjs-resources/nest';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { measure, print } from '../harness.js';

@Injectable()
class Payments {
  @CircuitBreaker('payments')
  async guarded(amount: number): Promise<number> {
    return amount;
  }

  async plain(amount: number): Promise<number> {
    return amount;
  }
}

@Module({
  imports: [ResourceModule.forRoot({ breakers: { payments: {} } })],
  providers: [Payments],
})
class AppModule {}

/** What the decorator costs beside the same call by hand, in a running application. */
export async function decorator(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const payments = app.get(Payments);
  const breaker: Breaker = app.get(CircuitBreakerService).get('payments');
  const measured = await measure({
    title: 'decorator',
    runs: 100_000,
    rounds: 15,
    contestants: [
      { name: 'breaker.execute', run: () => breaker.execute(() => payments.plain(7)) },
      { name: '@CircuitBreaker', run: () => payments.guarded(7) },
    ],
  });
  await app.close();
  print('The decorator', measured, 'breaker.execute');
}
