import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SessionFactory } from '@nestjs-resources/typeorm';
import { type EntityManager, QueryFailedError } from 'typeorm';
import { takeFromStock } from '../stock/stock.js';
import { OrderLine } from './order-line.entity.js';
import { Order } from './order.entity.js';
import { DuplicateOrderException, OrderNotFoundException, OutOfStockException } from './orders.exceptions.js';
import type { PlaceOrder } from './place-order.schema.js';

const MOST_ORDERS_LISTED = 50;
const UNIQUE_VIOLATION = '23505';

@Injectable()
export class OrdersService {
  constructor(private readonly sessions: SessionFactory) {}

  /**
   * Places an order, its lines and what they take from the stock: all of it or nothing.
   *
   * @throws {OutOfStockException}
   * @throws {DuplicateOrderException}
   */
  async place(request: PlaceOrder): Promise<Order> {
    await using session = this.sessions.open({ label: 'place order' });
    try {
      return await session.transaction((manager) => this.placeIn(manager, request));
    } catch (error) {
      throw isDuplicate(error) ? new DuplicateOrderException(request.reference) : error;
    }
  }

  /** The newest orders. */
  async list(): Promise<Order[]> {
    return this.sessions.run((manager) =>
      manager.find(Order, { order: { placedAt: 'DESC' }, take: MOST_ORDERS_LISTED }),
    );
  }

  /** @throws {OrderNotFoundException} */
  async get(id: string): Promise<Order> {
    const order = await this.sessions.run((manager) =>
      manager.findOne(Order, { where: { id }, relations: { lines: true, payment: true } }),
    );
    if (!order) throw new OrderNotFoundException(id);
    return order;
  }

  private async placeIn(manager: EntityManager, { reference, customer, lines }: PlaceOrder): Promise<Order> {
    const id = randomUUID();
    const sold: OrderLine[] = [];
    for (const { sku, quantity } of inLockOrder(lines)) {
      const price = await takeFromStock(manager, sku, quantity);
      if (price === undefined) throw new OutOfStockException(sku, quantity);
      sold.push(manager.create(OrderLine, { orderId: id, sku, quantity, price }));
    }
    const total = sold.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
    const order = manager.create(Order, { id, reference, customer, total });
    await manager.insert(Order, order);
    await manager.insert(OrderLine, sold);
    return Object.assign(order, { lines: sold });
  }
}

/** Two orders that lock the same items in different orders would wait for each other. */
function inLockOrder(lines: PlaceOrder['lines']): PlaceOrder['lines'] {
  return lines.toSorted((one, other) => (one.sku < other.sku ? -1 : 1));
}

function isDuplicate(error: unknown): boolean {
  return error instanceof QueryFailedError && (error.driverError as { code?: string }).code === UNIQUE_VIOLATION;
}
