import { Injectable } from '@nestjs/common';
import { type ConnectionPool, InjectPool } from '@nestjs-resources/nest';
import { OrdersService } from '../orders/orders.service.js';
import type { ReceiptRenderer } from './receipt-renderer.js';

@Injectable()
export class ReceiptsService {
  constructor(
    private readonly orders: OrdersService,
    @InjectPool('receipts') private readonly renderers: ConnectionPool<ReceiptRenderer>,
  ) {}

  /** @throws {OrderNotFoundException} */
  async receiptOf(orderId: string): Promise<string> {
    const { reference, customer, total, placedAt, lines } = await this.orders.get(orderId);
    const sold = lines.map(({ sku, quantity, price }) => ({ sku, quantity, price }));
    return this.renderers.use((renderer) => renderer.render({ reference, customer, total, placedAt, lines: sold }));
  }
}
