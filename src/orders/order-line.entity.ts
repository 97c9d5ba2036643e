import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Order } from './order.entity.js';

@Entity('order_lines')
export class OrderLine {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @PrimaryColumn('text')
  sku!: string;

  @Column('integer')
  quantity!: number;

  /** Of one piece when it was ordered, in cents. */
  @Column('integer')
  price!: number;

  @ManyToOne('Order', 'lines')
  @JoinColumn({ name: 'order_id' })
  order?: Relation<Order>;
}
