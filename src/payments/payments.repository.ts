import { Injectable } from '@nestjs/common';
import { SessionFactory } from '@nestjs-resources/typeorm';
import { Payment } from './payment.entity.js';

/**
 * The rows of payments. There is one per order, and `paid` is final: every statement here may be repeated, and may come
 * late, without harm.
 */
@Injectable()
export class PaymentsRepository {
  constructor(private readonly sessions: SessionFactory) {}

  /** Records that the gateway has charged. */
  async settle(orderId: string, amount: number, chargeId: string): Promise<Payment> {
    await this.query(
      `INSERT INTO payments (order_id, amount, status, charge_id) VALUES ($1, $2, 'paid', $3)
       ON CONFLICT (order_id) DO UPDATE SET status = 'paid', charge_id = $3, last_error = NULL`,
      [orderId, amount, chargeId],
    );
    return this.find(orderId);
  }

  /** Keeps a payment for later. One that is there already stays as it is. */
  async queue(orderId: string, amount: number, reason: string): Promise<Payment> {
    await this.query(
      `INSERT INTO payments (order_id, amount, status, last_error) VALUES ($1, $2, 'pending', $3)
       ON CONFLICT (order_id) DO NOTHING`,
      [orderId, amount, reason],
    );
    return this.find(orderId);
  }

  /**
   * Takes the pending payment that is due longest, and nobody else gets it: others skip its locked row, and afterwards it
   * is not due for `lease` milliseconds. If the service is killed meanwhile, it is due again when they are over.
   */
  async claimDue(lease: number): Promise<Payment | undefined> {
    const [claimed] = await this.query<{ order_id: string }>(
      `UPDATE payments SET attempts = attempts + 1, next_attempt_at = now() + $1 * interval '1 ms'
       WHERE order_id = (
         SELECT order_id FROM payments WHERE status = 'pending' AND next_attempt_at <= now()
         ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
       ) RETURNING order_id`,
      [lease],
    );
    return claimed && this.find(claimed.order_id);
  }

  /** Gives a claimed payment back, to be tried again after `delay` milliseconds. */
  async postpone(orderId: string, delay: number, reason: string): Promise<void> {
    await this.query(
      `UPDATE payments SET next_attempt_at = now() + $2 * interval '1 ms', last_error = $3
       WHERE order_id = $1 AND status = 'pending'`,
      [orderId, delay, reason],
    );
  }

  private find(orderId: string): Promise<Payment> {
    return this.sessions.run((manager) => manager.findOneByOrFail(Payment, { orderId }));
  }

  private query<Row>(statement: string, parameters: unknown[]): Promise<Row[]> {
    return this.sessions.run(async (_manager, session) => rowsOf<Row>(await session.query(statement, parameters)));
  }
}

/** TypeORM answers an UPDATE with its rows and their number, and anything else with the rows. */
function rowsOf<Row>(result: unknown): Row[] {
  const [first] = result as unknown[];
  return (Array.isArray(first) ? first : result) as Row[];
}
