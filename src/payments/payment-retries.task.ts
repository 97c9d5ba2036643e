import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type CallContext, type CircuitBreaker, InjectCircuitBreaker, ManagedTask } from '@nestjs-resources/nest';
import { configuration, type Configuration } from '../config/configuration.js';
import { PaymentGatewayClient } from './payment-gateway.client.js';
import type { Payment } from './payment.entity.js';
import { PaymentsRepository } from './payments.repository.js';

/** How long a claimed payment is ours, in milliseconds: longer than a call to the gateway may take. */
const LEASE = 10_000;

/** Pays what could not be paid when it was asked for. Several instances of the service may do so side by side. */
@Injectable()
export class PaymentRetries {
  constructor(
    @InjectCircuitBreaker('payments') private readonly breaker: CircuitBreaker,
    @Inject(configuration.KEY) private readonly config: Configuration,
    private readonly gateway: PaymentGatewayClient,
    private readonly payments: PaymentsRepository,
  ) {}

  @ManagedTask({ name: 'payment-retries', restartOnFailure: true, maxRestarts: Infinity, after: ['database'] })
  async run({ signal }: CallContext): Promise<void> {
    while (!signal.aborted) {
      const worthTrying = this.breaker.retryAfter === 0;
      if (worthTrying && (await this.retryNext(signal))) continue;
      await delay(this.config.payments.retryPause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns whether there was a payment to retry */
  private async retryNext(signal: AbortSignal): Promise<boolean> {
    const payment = await this.payments.claimDue(LEASE);
    if (!payment) return false;
    await this.retry(payment, signal);
    return true;
  }

  private async retry({ orderId, amount }: Payment, signal: AbortSignal): Promise<void> {
    try {
      const chargeId = await this.breaker.execute(() => this.gateway.charge(orderId, amount), { signal });
      await this.payments.settle(orderId, amount, chargeId);
    } catch (error) {
      await this.payments.postpone(orderId, this.config.payments.retryPause, (error as Error).message);
    }
  }
}
