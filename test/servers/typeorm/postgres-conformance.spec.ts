import { expect, it, describe } from '@jest/globals';
import type { DataSource, DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import { describeWithPostgres } from '../../support/with-postgres.js';
import { withOurs, withStock } from '../../support/stock-and-ours.js';
import { Order, OrderLine } from './order.entity.js';

class AddNotes1700000000000 implements MigrationInterface {
  name = 'AddNotes1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (text varchar)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}

describeWithPostgres('what TypeORM does right', (server) => {
  const options = (): DataSourceOptions => ({
    type: 'postgres',
    url: server().url,
    entities: [Order, OrderLine],
    migrations: [AddNotes1700000000000],
    dropSchema: true,
    synchronize: true,
    poolSize: 5,
  });

  const variants: [string, (work: (dataSource: DataSource) => Promise<void>) => Promise<void>][] = [
    ['on its own pool', (work) => withStock(options(), work)],
    ['on our pool', (work) => withOurs(options(), ({ dataSource }) => work(dataSource))],
  ];

  describe.each(variants)('%s', (_name, run) => {
    it('makes the schema, saves relations and finds them', () =>
      run(async (dataSource) => {
        const orders = dataSource.getRepository(Order);
        await orders.save({ reference: 'a', lines: [{ quantity: 2 }, { quantity: 3 }] });
        const found = await orders.findOneOrFail({ where: { reference: 'a' }, relations: { lines: true } });
        expect(found.lines.map(({ quantity }) => quantity).sort((a, b) => a - b)).toEqual([2, 3]);
        expect((await orders.update({ reference: 'a' }, { reference: 'b' })).affected).toBe(1);
        await orders.remove(await orders.findOneByOrFail({ reference: 'b' }));
        expect(await dataSource.getRepository(OrderLine).count()).toBe(0);
      }));

    it('commits, rolls back and nests transactions', () =>
      run(async (dataSource) => {
        await dataSource.transaction(async (tx) => {
          await tx.save(Order, { reference: 'kept' });
          await expect(
            tx.transaction(async (nested) => {
              await nested.save(Order, { reference: 'undone' });
              throw new Error('no');
            }),
          ).rejects.toThrow('no');
        });
        await expect(
          dataSource.transaction('SERIALIZABLE', async (tx) => {
            await tx.save(Order, { reference: 'undone too' });
            throw new Error('no');
          }),
        ).rejects.toThrow('no');
        expect((await dataSource.getRepository(Order).find()).map(({ reference }) => reference)).toEqual(['kept']);
      }));

    it('honours the isolation level', () =>
      run(async (dataSource) => {
        await dataSource.transaction('REPEATABLE READ', async (tx) => {
          expect(await tx.query('SHOW transaction_isolation')).toEqual([{ transaction_isolation: 'repeatable read' }]);
        });
      }));

    it('runs migrations up and down', () =>
      run(async (dataSource) => {
        expect(await dataSource.runMigrations()).toHaveLength(1);
        await dataSource.query(`INSERT INTO notes VALUES ('x')`);
        await dataSource.undoLastMigration();
        await expect(dataSource.query('SELECT * FROM notes')).rejects.toThrow('does not exist');
      }));

    it('streams', () =>
      run(async (dataSource) => {
        await dataSource.getRepository(Order).insert([1, 2, 3].map((n) => ({ reference: `r${n}` })));
        const stream = await dataSource.createQueryBuilder(Order, 'o').orderBy('o.id').stream();
        const seen: unknown[] = [];
        for await (const row of stream) seen.push((row as { o_reference: string }).o_reference);
        expect(seen).toEqual(['r1', 'r2', 'r3']);
      }));

    it('serves 50 callers with 5 connections', () =>
      run(async (dataSource) => {
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, n) => dataSource.query('SELECT $1::int AS n, pg_sleep(0.01)', [n])),
        );
        expect(answers.map(([row]) => row.n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
      }));

    it('reports a failed statement as its own and goes on', () =>
      run(async (dataSource) => {
        await expect(dataSource.query('SELECT nonsense')).rejects.toMatchObject({
          name: 'QueryFailedError',
          driverError: { code: '42703' },
        });
        expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
      }));

    it('can be destroyed and initialised again', () =>
      run(async (dataSource) => {
        await dataSource.destroy();
        await dataSource.initialize();
        expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
      }));
  });
});
