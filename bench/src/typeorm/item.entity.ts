import { EntitySchema } from 'typeorm';

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
