import { EntitySchema } from 'typeorm';

/** How many there are to be found. */
export const ITEMS = 1_000;

export interface Item {
  id: number;
  name: string;
}

export const ItemSchema = new EntitySchema<Item>({
  name: 'bench_item',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    name: { type: 'varchar' },
  },
});
