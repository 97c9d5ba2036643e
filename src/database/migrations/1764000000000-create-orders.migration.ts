import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrders1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stock_items (
        sku       text PRIMARY KEY,
        name      text NOT NULL,
        price     integer NOT NULL CHECK (price > 0),
        available integer NOT NULL CHECK (available >= 0)
      )`);
    await runner.query(`
      CREATE TABLE orders (
        id        uuid PRIMARY KEY,
        reference text NOT NULL UNIQUE,
        customer  text NOT NULL,
        total     integer NOT NULL CHECK (total > 0),
        placed_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX orders_newest ON orders (placed_at DESC)');
    await runner.query(`
      CREATE TABLE order_lines (
        order_id uuid NOT NULL REFERENCES orders,
        sku      text NOT NULL REFERENCES stock_items,
        quantity integer NOT NULL CHECK (quantity > 0),
        price    integer NOT NULL CHECK (price > 0),
        PRIMARY KEY (order_id, sku)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE order_lines, orders, stock_items');
  }
}
