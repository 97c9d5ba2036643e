import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Something to order. */
export class StockTheShelves1764000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO stock_items (sku, name, price, available) VALUES
        ('apple',   'Apple, one',         60, 100000),
        ('bread',   'Bread, one loaf',   420, 100000),
        ('butter',  'Butter, 250 g',     330, 100000),
        ('cheese',  'Cheese, 200 g',     530, 100000),
        ('coffee',  'Coffee, 500 g',    1190, 100000),
        ('egg',     'Eggs, six',         270, 100000),
        ('honey',   'Honey, one jar',    780, 100000),
        ('milk',    'Milk, one litre',   140, 100000),
        ('noodles', 'Noodles, 500 g',    190, 100000),
        ('pear',    'Pear, one',          75, 100000),
        ('rice',    'Rice, 1 kg',        290, 100000),
        ('tea',     'Tea, 50 bags',      450, 100000)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM stock_items WHERE sku NOT IN (SELECT sku FROM order_lines)');
  }
}
