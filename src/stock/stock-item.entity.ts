import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What can be ordered, and how much of it is left. */
@Entity('stock_items')
export class StockItem {
  @PrimaryColumn('text')
  sku!: string;

  @Column('text')
  name!: string;

  /** In cents. */
  @Column('integer')
  price!: number;

  /** Never below zero: the table refuses it. */
  @Column('integer')
  available!: number;
}
