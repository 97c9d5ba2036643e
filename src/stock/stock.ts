import { type EntityManager, MoreThanOrEqual } from 'typeorm';
import { StockItem } from './stock-item.entity.js';

/**
 * Takes `quantity` of an item out of stock, within the transaction of `manager`.
 *
 * @returns the item, or nothing if there is not enough of it
 */
export async function takeFromStock(
  manager: EntityManager,
  sku: string,
  quantity: number,
): Promise<StockItem | undefined> {
  const enough = { sku, available: MoreThanOrEqual(quantity) };
  const { affected } = await manager.decrement(StockItem, enough, 'available', quantity);
  return affected ? manager.findOneByOrFail(StockItem, { sku }) : undefined;
}
