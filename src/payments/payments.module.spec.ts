import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigModule } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { CircuitBreaker } from '@nestjs-resources/core';
import { ResourceModule } from '@nestjs-resources/nest';
import { overrideCircuitBreaker } from '@nestjs-resources/testing';
import { configuration, readConfiguration } from '../config/configuration.js';
import { OrdersService } from '../orders/orders.service.js';
import { PAYMENT_GATEWAY_URL } from './payment-gateway-url.provider.js';
import { PaymentGatewayClient } from './payment-gateway.client.js';
import { PaymentGatewayError } from './payment-gateway.error.js';
import type { Payment } from './payment.entity.js';
import { PaymentRetries } from './payment-retries.task.js';
import { paymentsBreaker } from './payments.breaker.js';
import { PaymentsModule } from './payments.module.js';
import { PaymentsRepository } from './payments.repository.js';
import { PaymentsService } from './payments.service.js';

/** The rows, in memory. */
class Rows {
  readonly all = new Map<string, Partial<Payment>>();

  settle(orderId: string, amount: number, chargeId: string): Partial<Payment> {
    return this.put({ orderId, amount, status: 'paid', chargeId });
  }

  queue(orderId: string, amount: number, lastError: string): Partial<Payment> {
    return this.all.get(orderId) ?? this.put({ orderId, amount, status: 'pending', lastError });
  }

  claimDue(): Partial<Payment> | undefined {
    return [...this.all.values()].find(({ status }) => status === 'pending');
  }

  postpone(): void {}

  private put(payment: Partial<Payment>): Partial<Payment> {
    this.all.set(payment.orderId ?? '', payment);
    return payment;
  }
}

describe('payments', () => {
  let rows: Rows;
  let calls: string[];
  let failure: Error | undefined;
  let payments: CircuitBreaker;
  let module: TestingModule;

  beforeEach(async () => {
    rows = new Rows();
    calls = [];
    failure = undefined;
    const charge = (orderId: string): Promise<string> => {
      calls.push(orderId);
      return failure ? Promise.reject(failure) : Promise.resolve(`charge of ${orderId}`);
    };
    const { payments: settings } = readConfiguration({});
    payments = new CircuitBreaker({ ...paymentsBreaker({ ...settings, failureThreshold: 2 }), name: 'payments' });
    const builder = Test.createTestingModule({
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [configuration] }),
        ResourceModule.forRoot({ breakers: { payments: paymentsBreaker(settings) } }),
        PaymentsModule,
      ],
    });
    module = await overrideCircuitBreaker(builder, 'payments', payments)
      .overrideProvider(PAYMENT_GATEWAY_URL)
      .useValue('http://nowhere.invalid')
      .overrideProvider(PaymentGatewayClient)
      .useValue({ charge })
      .overrideProvider(PaymentsRepository)
      .useValue(rows)
      .overrideProvider(OrdersService)
      .useValue({ get: (id: string) => ({ id, total: 100, payment: rows.all.get(id) }) })
      .compile();
  });
  afterEach(() => module.close());

  it('are made at once while the gateway works', async () => {
    expect(await module.get(PaymentsService).pay('a')).toMatchObject({ status: 'paid', chargeId: 'charge of a' });
  });

  it('are not made again', async () => {
    await module.get(PaymentsService).pay('a');
    await module.get(PaymentsService).pay('a');
    expect(calls).toEqual(['a']);
  });

  it('wait when the gateway fails, and it is left alone when it fails again and again', async () => {
    failure = new PaymentGatewayError('The payment gateway answered 503.');
    for (const order of ['a', 'b', 'c']) await module.get(PaymentsService).pay(order);
    expect(calls).toEqual(['a', 'b']);
    expect([...rows.all.values()].map(({ status }) => status)).toEqual(['pending', 'pending', 'pending']);
  });

  it('wait while the circuit is open, and the gateway is not asked', async () => {
    payments.setMode('forced_open', { reason: 'test' });
    expect(await module.get(PaymentsService).pay('a')).toMatchObject({ status: 'pending' });
    expect(calls).toEqual([]);
  });

  it('do not blame the gateway for the database', async () => {
    failure = new Error('the database is gone');
    for (const order of ['a', 'b', 'c']) await module.get(PaymentsService).pay(order);
    expect(payments.state).toBe('closed');
  });

  it('are retried by the task until they are made', async () => {
    rows.queue('a', 100, 'was down');
    const stop = new AbortController();
    const running = module.get(PaymentRetries).run({ signal: stop.signal });
    while (rows.all.get('a')?.status !== 'paid') await new Promise(setImmediate);
    stop.abort();
    await running;
    expect(calls).toEqual(['a']);
  });
});
