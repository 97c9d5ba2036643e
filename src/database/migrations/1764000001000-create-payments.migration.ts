import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePayments1764000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payments (
        order_id        uuid PRIMARY KEY REFERENCES orders,
        amount          integer NOT NULL CHECK (amount > 0),
        status          text NOT NULL CHECK (status IN ('pending', 'paid')),
        attempts        integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        last_error      text,
        charge_id       text,
        CHECK ((status = 'paid') = (charge_id IS NOT NULL))
      )`);
    await runner.query(`CREATE INDEX payments_due ON payments (next_attempt_at) WHERE status = 'pending'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE payments');
  }
}
