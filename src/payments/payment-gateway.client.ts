import { Inject, Injectable } from '@nestjs/common';
import { configuration, type Configuration } from '../config/configuration.js';
import { PAYMENT_GATEWAY_URL } from './payment-gateway-url.provider.js';
import { PaymentGatewayError } from './payment-gateway.error.js';

/** Speaks to the payment gateway. Knows nothing of breakers and retries. */
@Injectable()
export class PaymentGatewayClient {
  constructor(
    @Inject(PAYMENT_GATEWAY_URL) private readonly url: string,
    @Inject(configuration.KEY) private readonly config: Configuration,
  ) {}

  /**
   * Charges for an order. May be repeated: the idempotency key is made of the order, so that money moves once.
   *
   * @returns what the gateway calls the charge
   * @throws {PaymentGatewayError}
   */
  async charge(orderId: string, amount: number): Promise<string> {
    try {
      const response = await fetch(new URL('/charges', this.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `order-${orderId}` },
        body: JSON.stringify({ orderId, amount }),
        signal: AbortSignal.timeout(this.config.payments.timeout),
      });
      if (!response.ok) throw new PaymentGatewayError(`The payment gateway answered ${response.status}.`);
      return ((await response.json()) as { id: string }).id;
    } catch (error) {
      if (error instanceof PaymentGatewayError) throw error;
      throw new PaymentGatewayError('The payment gateway did not answer.', { cause: error });
    }
  }
}
