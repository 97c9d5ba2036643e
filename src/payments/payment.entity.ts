import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Order } from '../orders/order.entity.js';

export type PaymentStatus = 'pending' | 'paid';

/** The one payment of an order. Its key in the gateway's books is the order's, so that no retry charges twice. */
@Entity('payments')
export class Payment {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  /** In cents. */
  @Column('integer')
  amount!: number;

  @Column('text')
  status!: PaymentStatus;

  /** How often a retry was begun. */
  @Column('integer')
  attempts!: number;

  /** A pending payment is not touched before: it waits, or somebody is at it. */
  @Column('timestamptz', { name: 'next_attempt_at' })
  nextAttemptAt!: Date;

  /** Why it is still pending. */
  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null;

  /** What the gateway calls the charge. */
  @Column('text', { name: 'charge_id', nullable: true })
  chargeId!: string | null;

  @OneToOne('Order', 'payment')
  @JoinColumn({ name: 'order_id' })
  order?: Relation<Order>;
}
