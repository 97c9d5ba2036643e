import { expect, it } from '@jest/globals';
import { writeReceipt } from './receipt.js';

it('a receipt lists what was ordered and its total', () => {
  const lines = [
    { sku: 'apple', quantity: 3, price: 60 },
    { sku: 'coffee', quantity: 1, price: 1190 },
  ];
  const order = { reference: 'A-1', customer: 'Ada', total: 1370, placedAt: new Date('2026-11-23T12:00:00Z'), lines };
  expect(writeReceipt(order).split('\n')).toEqual([
    'Receipt for Ada',
    'Order A-1 of 2026-11-23',
    '────────────────────────────────────────',
    '3 × apple                           1.80',
    '1 × coffee                         11.90',
    '────────────────────────────────────────',
    'Total                              13.70',
    '',
  ]);
});
