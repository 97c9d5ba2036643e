import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NotFoundException } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { ResourceModule, ResourceRegistry } from '@nestjs-resources/nest';
import { FakePool, overridePool } from '@nestjs-resources/testing';
import { OrderNotFoundException } from '../orders/orders.exceptions.js';
import { OrdersService } from '../orders/orders.service.js';
import type { ReceiptOrder } from './receipt.js';
import { ReceiptsModule } from './receipts.module.js';
import { receiptsPool } from './receipts.pool.js';
import { ReceiptsService } from './receipts.service.js';

const order = { reference: 'A-1', customer: 'Ada', total: 60, placedAt: new Date(0) };
const line = { sku: 'apple', quantity: 1, price: 60 };

describe('the receipt of an order', () => {
  let rendered: ReceiptOrder[];
  let renderers: FakePool<{ render(order: ReceiptOrder): Promise<string> }>;
  let module: TestingModule;

  beforeEach(async () => {
    rendered = [];
    const render = (asked: ReceiptOrder): Promise<string> => Promise.resolve(`receipt ${rendered.push(asked)}`);
    renderers = new FakePool({ resource: { render } });
    const builder = Test.createTestingModule({
      imports: [ResourceModule.forRoot({ pools: { receipts: receiptsPool({ workers: 1 }) } }), ReceiptsModule],
    });
    module = await overridePool(builder, 'receipts', renderers)
      .overrideProvider(OrdersService)
      .useValue({
        get: (id: string) =>
          id === 'known'
            ? { ...order, lines: [{ ...line, orderId: id }] }
            : Promise.reject(new OrderNotFoundException(id)),
      })
      .compile();
    await module.init();
  });
  afterEach(() => module.close());

  it('is rendered by whatever the pool lends', async () => {
    expect(await module.get(ReceiptsService).receiptOf('known')).toBe('receipt 1');
    expect(renderers.getMetrics()).toMatchObject({ acquired: 1, leased: 0 });
  });

  it('starts no thread of its own: the registry, too, knows the fake alone', async () => {
    await module.get(ReceiptsService).receiptOf('known');
    expect(module.get(ResourceRegistry).get('receipts')).toBe(renderers);
    expect(process.getActiveResourcesInfo()).not.toContain('Worker');
  });

  it('is made of plain values, which can be sent to a thread', async () => {
    await module.get(ReceiptsService).receiptOf('known');
    expect(rendered).toEqual([{ ...order, lines: [line] }]);
  });

  it('takes nothing from the pool if there is no such order', async () => {
    await expect(module.get(ReceiptsService).receiptOf('unknown')).rejects.toThrow(NotFoundException);
    expect(renderers.getMetrics().acquired).toBe(0);
  });
});
