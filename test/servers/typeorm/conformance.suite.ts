import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { DataSource, EntitySubscriberInterface, MigrationInterface, QueryRunner } from 'typeorm';
import type { ConformanceDatabase, RunningDatabase } from '../../support/typeorm-databases.js';
import { Author, Book, Tag } from './conformance.entities.js';

class AddNotes1700000000000 implements MigrationInterface {
  name = 'AddNotes1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (text varchar(20))');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}

class FillNotes1700000000001 implements MigrationInterface {
  name = 'FillNotes1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.manager.query(`INSERT INTO notes VALUES ('x')`);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM notes');
  }
}

/** For both ways of running it; the schema is made anew for each test. */
export const conformanceOptions = {
  entities: [Author, Book, Tag],
  migrations: [AddNotes1700000000000, FillNotes1700000000001],
  dropSchema: true,
  synchronize: true,
  poolSize: 5,
};

/** Runs a test on a data source, whoever its pool belongs to. */
export type RunConformance = (work: (dataSource: DataSource) => Promise<void>, more?: object) => Promise<void>;

const names = async (dataSource: DataSource): Promise<string[]> =>
  (await dataSource.getRepository(Author).find({ order: { name: 'ASC' } })).map(({ name }) => name);

const no = (): never => {
  throw new Error('no');
};

/** What TypeORM does right, in so far as a pool can spoil it. */
export function conformanceSuite(
  database: ConformanceDatabase,
  run: RunConformance,
  running: () => RunningDatabase,
): void {
  it('makes the schema, and finds nothing left to make', () =>
    run(async (dataSource) => {
      const runner = dataSource.createQueryRunner();
      const table = await runner.getTable('authors');
      expect(table?.columns.map(({ name }) => name).sort((a, b) => a.localeCompare(b))).toEqual([
        'address',
        'awards',
        'id',
        'name',
        'version',
      ]);
      expect(await runner.hasTable('books_tags_tags')).toBe(true);
      await runner.release();
      expect((await dataSource.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
    }));

  it.each(['all', 'each', 'none'] as const)('runs migrations up and down, with transactions for %s', (transaction) =>
    run(async (dataSource) => {
      await dataSource.query('DROP TABLE IF EXISTS notes');
      expect(await dataSource.showMigrations()).toBe(true);
      expect(await dataSource.runMigrations({ transaction })).toHaveLength(2);
      expect(await dataSource.query('SELECT text FROM notes')).toHaveLength(1);
      expect(await dataSource.showMigrations()).toBe(false);
      await dataSource.undoLastMigration({ transaction });
      expect(await dataSource.query('SELECT text FROM notes')).toHaveLength(0);
      await dataSource.undoLastMigration({ transaction });
      await expect(dataSource.query('SELECT text FROM notes')).rejects.toThrow();
    }),
  );

  it('creates, reads, updates and deletes', () =>
    run(async (dataSource) => {
      const authors = dataSource.getRepository(Author);
      const ada = await authors.save({ name: 'ada', address: { city: 'London' } });
      expect(await authors.findOneByOrFail({ id: ada.id })).toMatchObject({ address: { city: 'London' }, version: 1 });
      await authors.save(Object.assign(ada, { awards: 2 }));
      await authors.increment({ name: 'ada' }, 'awards', 3);
      expect(await authors.findOneByOrFail({ name: 'ada' })).toMatchObject({ awards: 5, version: 3 });
      await authors.insert([{ name: 'bob' }, { name: 'cy' }]);
      await authors.upsert({ name: 'bob', awards: 9 }, ['name']);
      expect(await authors.sum('awards')).toBe(14);
      const [page, total] = await authors.findAndCount({ order: { name: 'DESC' }, take: 1 });
      expect([page[0]?.name, total]).toEqual(['cy', 3]);
      await authors.update({ name: 'cy' }, { name: 'dee' });
      await authors.delete({ name: 'ada' });
      await dataSource.createQueryBuilder().delete().from(Author).where('name = :name', { name: 'bob' }).execute();
      expect(await names(dataSource)).toEqual(['dee']);
      expect(await authors.existsBy({ name: 'dee' })).toBe(true);
    }));

  it('saves, loads and removes what is related', () =>
    run(async (dataSource) => {
      const authors = dataSource.getRepository(Author);
      const tags = [{ name: 'novel' }, { name: 'old' }];
      await authors.save({ name: 'ada', books: [{ title: 'one', tags }, { title: 'two' }] });
      for (const relationLoadStrategy of ['join', 'query'] as const) {
        const found = await authors.findOneOrFail({
          where: { name: 'ada' },
          relations: { books: { tags: true } },
          relationLoadStrategy,
        });
        const loaded = found.books
          .map(({ title, tags: own }) => `${title}: ${own.length}`)
          .sort((a, b) => a.localeCompare(b));
        expect(loaded).toEqual(['one: 2', 'two: 0']);
      }
      const one = await dataSource.getRepository(Book).findOneByOrFail({ title: 'one' });
      const related = dataSource.createQueryBuilder().relation(Book, 'tags').of(one);
      const [first] = (await related.loadMany<Tag>()) as Tag[];
      await related.remove(first as Tag);
      expect(await related.loadMany()).toHaveLength(1);
      await authors.remove(await authors.findOneByOrFail({ name: 'ada' }));
      expect(await dataSource.getRepository(Book).count()).toBe(0);
    }));

  it('commits and rolls back', () =>
    run(async (dataSource) => {
      await dataSource.transaction(async (tx) => void (await tx.save(Author, { name: 'kept' })));
      const failing = dataSource.transaction(async (tx) => {
        await tx.save(Author, { name: 'undone' });
        no();
      });
      await expect(failing).rejects.toThrow('no');
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.insert(Author, { name: 'by hand' });
      await runner.rollbackTransaction();
      await runner.startTransaction();
      await runner.manager.insert(Author, { name: 'by hand, kept' });
      await runner.commitTransaction();
      await runner.release();
      expect(await names(dataSource)).toEqual(['by hand, kept', 'kept']);
    }));

  it('makes savepoints of nested transactions', () =>
    run(async (dataSource) => {
      await dataSource.transaction(async (tx) => {
        await tx.insert(Author, { name: 'outer' });
        const nested = tx.transaction(async (inner) => {
          await inner.insert(Author, { name: 'undone' });
          no();
        });
        await expect(nested).rejects.toThrow('no');
        await tx.transaction(async (inner) => void (await inner.insert(Author, { name: 'inner' })));
      });
      expect(await names(dataSource)).toEqual(['inner', 'outer']);
    }));

  const { isolation, types } = database;
  if (isolation)
    it('honours the isolation level', () =>
      run(async (dataSource) => {
        const [row] = await dataSource.transaction(isolation.level, (tx) => tx.query(isolation.sql));
        expect(String(row.level)).toBe(isolation.shown);
      }));

  if (database.concurrent) {
    it('keeps concurrent transactions apart', () =>
      run(async (dataSource) => {
        await dataSource.transaction(async (tx) => {
          await tx.insert(Author, { name: 'unseen' });
          expect(await names(dataSource)).toEqual([]);
        });
        expect(await names(dataSource)).toEqual(['unseen']);
      }));

    it('lets one wait for what the other has locked', () =>
      run(async (dataSource) => {
        await dataSource.getRepository(Author).insert({ name: 'ada' });
        const raise = (pause: number): Promise<unknown> =>
          dataSource.transaction(async (tx) => {
            const ada = await tx.findOneOrFail(Author, { where: { name: 'ada' }, lock: { mode: 'pessimistic_write' } });
            await delay(pause);
            await tx.update(Author, { id: ada.id }, { awards: ada.awards + 1 });
          });
        await Promise.all([raise(30), raise(0), raise(0)]);
        expect(await dataSource.getRepository(Author).sum('awards')).toBe(3);
      }));
  }

  if (database.streams)
    it('streams, to the end or not', () =>
      run(async (dataSource) => {
        await dataSource.getRepository(Author).insert(['a', 'b', 'c'].map((name) => ({ name })));
        const query = dataSource.createQueryBuilder(Author, 'a').orderBy('a.id');
        for (let n = 0; n < 8; n++) {
          const seen: unknown[] = [];
          for await (const row of await query.stream()) seen.push((row as { a_name: string }).a_name);
          expect(seen).toEqual(['a', 'b', 'c']);
        }
      }));
  else
    it('does not stream', () =>
      run(async (dataSource) => {
        const query = dataSource.createQueryBuilder(Author, 'a');
        await expect(query.stream()).rejects.toThrow('Stream is not supported');
      }));

  it('serves 50 callers with 5 connections', () =>
    run(async (dataSource) => {
      const sql = `SELECT ${database.parameter} AS n`;
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => dataSource.query(sql, [n])));
      expect(answers.map(([row]) => Number(row.n))).toEqual(Array.from({ length: 50 }, (_, n) => n));
      const authors = dataSource.getRepository(Author);
      await Promise.all(Array.from({ length: 50 }, (_, n) => authors.insert({ name: `a${n}` })));
      expect(await authors.count()).toBe(50);
    }));

  it('gives the types of the driver', () =>
    run(async (dataSource) => {
      expect(await dataSource.query(types.sql)).toEqual([types.row]);
    }));

  it('keeps results in its query cache', () =>
    run(
      async (dataSource) => {
        const authors = dataSource.getRepository(Author);
        await authors.insert({ name: 'ada' });
        const count = (): Promise<number> => authors.count({ cache: 60_000 });
        expect(await count()).toBe(1);
        await authors.insert({ name: 'bob' });
        expect(await count()).toBe(1);
        await dataSource.queryResultCache?.clear();
        expect(await count()).toBe(2);
      },
      { cache: true },
    ));

  it('calls subscribers, which see the transaction', () =>
    run(async (dataSource) => {
      const seen: unknown[] = [];
      const subscriber: EntitySubscriberInterface<Author> = {
        listenTo: () => Author,
        afterInsert: async ({ manager, entity }) =>
          void seen.push(entity.name, await manager.countBy(Author, { name: entity.name })),
        afterTransactionCommit: () => void seen.push('committed'),
      };
      dataSource.subscribers.push(subscriber);
      await dataSource.getRepository(Author).save({ name: 'ada' });
      expect(seen).toEqual(['ada', 1, 'committed']);
    }));

  it('reports a failed statement as its own and goes on', () =>
    run(async (dataSource) => {
      await expect(dataSource.query('SELECT nonsense')).rejects.toMatchObject(
        database.failure ?? {
          name: 'QueryFailedError',
          query: 'SELECT nonsense',
          driverError: expect.anything(),
        },
      );
      await dataSource.getRepository(Author).insert({ name: 'ada' });
      await expect(dataSource.getRepository(Author).insert({ name: 'ada' })).rejects.toThrow(/unique|duplicate/i);
      expect(await names(dataSource)).toEqual(['ada']);
    }));

  it('can be destroyed and initialised again', () =>
    run(async (dataSource) => {
      await dataSource.destroy();
      expect(dataSource.isInitialized).toBe(false);
      await expect(dataSource.query('SELECT 1')).rejects.toThrow();
      await dataSource.initialize();
      expect(await dataSource.query('SELECT 1 AS x')).toHaveLength(1);
    }));

  it('reads from the replica and writes to the primary', async () => {
    const { replicated } = running();
    if (!replicated) return;
    const [primary, replica] = replicated.shown;
    const placeOf = async (asked: Promise<{ place: unknown }[]>): Promise<string> => String((await asked)[0]?.place);
    const read = async (dataSource: DataSource): Promise<string> => {
      const runner = dataSource.createQueryRunner('slave');
      const place = await placeOf(runner.query(replicated.sql));
      await runner.release();
      return place;
    };
    await run(
      async (dataSource) => {
        for (let n = 0; n < 10; n++) expect(await read(dataSource)).toBe(replica);
        expect(await placeOf(dataSource.query(replicated.sql))).toBe(primary);
        expect(await placeOf(dataSource.transaction((tx) => tx.query(replicated.sql)))).toBe(primary);
      },
      { ...replicated.options, url: undefined, dropSchema: false, synchronize: false },
    );
  });
}
