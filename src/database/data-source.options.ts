import type { TypeOrmResourceOptions } from '@nestjs-resources/typeorm';
import type { Configuration } from '../config/configuration.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { Order } from '../orders/order.entity.js';
import { Payment } from '../payments/payment.entity.js';
import { StockItem } from '../stock/stock-item.entity.js';
import { CreateOrders1764000000000 } from './migrations/1764000000000-create-orders.migration.js';
import { CreatePayments1764000001000 } from './migrations/1764000001000-create-payments.migration.js';
import { StockTheShelves1764000002000 } from './migrations/1764000002000-stock-the-shelves.migration.js';

export function dataSourceOptions(url: string, { database }: Configuration): TypeOrmResourceOptions {
  return {
    type: 'postgres',
    url,
    entities: [Order, OrderLine, Payment, StockItem],
    migrations: [CreateOrders1764000000000, CreatePayments1764000001000, StockTheShelves1764000002000],
    migrationsRun: true,
    pool: { minSize: database.minSize, maxSize: database.maxSize, acquireTimeout: database.acquireTimeout },
  };
}
