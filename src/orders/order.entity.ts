import { Column, CreateDateColumn, Entity, OneToMany, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Payment } from '../payments/payment.entity.js';
import { OrderLine } from './order-line.entity.js';

@Entity('orders')
export class Order {
  @PrimaryColumn('uuid')
  id!: string;

  /** The customer's own number of the order. Unique, so that sending an order twice does not place it twice. */
  @Column('text')
  reference!: string;

  @Column('text')
  customer!: string;

  /** In cents. */
  @Column('integer')
  total!: number;

  @CreateDateColumn({ name: 'placed_at', type: 'timestamptz' })
  placedAt!: Date;

  @OneToMany(() => OrderLine, (line) => line.order)
  lines!: OrderLine[];

  @OneToOne('Payment', 'order')
  payment?: Relation<Payment> | null;
}
