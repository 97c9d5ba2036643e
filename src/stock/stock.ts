import type { EntityManager } from 'typeorm';
import { StockItem } from './stock-item.entity.js';

/**
 * Takes `quantity` of an item out of stock, within the transaction of `manager`, and locks the item until that ends.
 *
 * @returns the price of one piece, or nothing if there are not enough
 */
export async function takeFromStock(
  manager: EntityManager,
  sku: string,
  quantity: number,
): Promise<number | undefined> {
  const { raw } = await manager
    .createQueryBuilder()
    .update(StockItem)
    .set({ available: () => 'available - :quantity' })
    .where('sku = :sku AND available >= :quantity', { sku, quantity })
    .returning(['price'])
    .execute();
  return (raw as { price: number }[])[0]?.price;
}
