import { Injectable } from '@nestjs/common';
import { CircuitBreaker } from '@nestjs-resources/nest';
import type { Order } from '../orders/order.entity.js';
import { OrdersService } from '../orders/orders.service.js';
import { PaymentGatewayClient } from './payment-gateway.client.js';
import type { Payment } from './payment.entity.js';
import { PaymentsRepository } from './payments.repository.js';

@Injectable()
export class PaymentsService {
  constructor(
    private readonly orders: OrdersService,
    private readonly gateway: PaymentGatewayClient,
    private readonly payments: PaymentsRepository,
  ) {}

  /**
   * Pays an order: now, or later if the gateway fails or is known to fail.
   *
   * @throws {OrderNotFoundException}
   */
  async pay(orderId: string): Promise<Payment> {
    const order = await this.orders.get(orderId);
    return order.payment?.status === 'paid' ? order.payment : this.payNow(order);
  }

  @CircuitBreaker('payments', { fallback: 'payLater' })
  protected async payNow(order: Order): Promise<Payment> {
    const chargeId = await this.gateway.charge(order.id, order.total);
    return this.payments.settle(order.id, order.total, chargeId);
  }

  protected payLater(order: Order, error: Error): Promise<Payment> {
    return this.payments.queue(order.id, order.total, error.message);
  }
}
