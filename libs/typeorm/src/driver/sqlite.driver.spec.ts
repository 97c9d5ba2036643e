import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ConnectionPool } from '@nestjs-resources/core';
import { type DataSource, type DataSourceOptions, EntitySchema, type EntitySubscriberInterface } from 'typeorm';
import { PooledDataSourceFactory } from '../data-source/pooled-data-source.factory.js';
import type { SessionFactory } from '../session/session-factory.js';

interface Note {
  id: number;
  text: string;
}

const Note = new EntitySchema<Note>({
  name: 'note',
  columns: { id: { type: 'integer', primary: true, generated: true }, text: { type: 'text', unique: true } },
});

/** Lets others go first. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Made {
  readonly dataSource: DataSource;
  readonly sessions: SessionFactory;
  readonly pool: ConnectionPool<object>;
}

const factories: PooledDataSourceFactory[] = [];
afterEach(async () => {
  for (const factory of factories.splice(0)) await factory.close();
});

const makeWith = async (more: object): Promise<Made> => {
  const factory = new PooledDataSourceFactory();
  factories.push(factory);
  const options = { entities: [Note], synchronize: true, ...more } as DataSourceOptions;
  const sessions = await factory.createSessionFactory(options);
  return { dataSource: sessions.dataSource, sessions, pool: factory.registry.get('database.pool') };
};

/** An optional peer that is compiled where there is no ready binary: tested where somebody has installed it. */
const isInstalled = (name: string): boolean => {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
};

const texts = async (dataSource: DataSource): Promise<string[]> =>
  (await dataSource.getRepository(Note).find({ order: { text: 'ASC' } })).map(({ text }) => text);

const drivers = [
  { name: 'sql.js', options: { type: 'sqljs' } },
  { name: 'better-sqlite3', options: { type: 'better-sqlite3', database: ':memory:' } },
];

for (const { name, options } of drivers) {
  const describeThis = isInstalled(name) ? describe : describe.skip;
  describeThis(`a SQLite database of ${name}${isInstalled(name) ? '' : ' (skipped: it is not installed)'}`, () => {
    const make = (more: object = {}): Promise<Made> => makeWith({ ...options, ...more });
    it('has two transactions one after the other: the failed one leaves nothing, the other everything', async () => {
      const { dataSource, pool } = await make();
      const kept = dataSource.transaction(async (tx) => {
        await tx.save(Note, { text: 'a' });
        await turn();
        await tx.save(Note, { text: 'b' });
      });
      const failed = dataSource.transaction(async (tx) => {
        await tx.save(Note, { text: 'never' });
        await turn();
        throw new Error('meant to fail');
      });
      await expect(Promise.allSettled([kept, failed])).resolves.toMatchObject([
        { status: 'fulfilled' },
        { status: 'rejected', reason: new Error('meant to fail') },
      ]);
      expect(await texts(dataSource)).toEqual(['a', 'b']);
      expect(pool.leased).toBe(0);
    });

    it('gives each of 50 concurrent inserts its own id', async () => {
      const { dataSource } = await make();
      const notes = dataSource.getRepository(Note);
      const saved = await Promise.all(Array.from({ length: 50 }, (_, n) => notes.save({ text: `n${n}` })));
      for (const { id, text } of saved) expect(await notes.findOneByOrFail({ id })).toEqual({ id, text });
      expect(new Set(saved.map(({ id }) => id)).size).toBe(50);
    });

    it('undoes what a runner leaves open when it is released', async () => {
      const { dataSource, pool } = await make();
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.save(Note, { text: 'never' });
      await runner.release();
      expect(pool.leased).toBe(0);
      expect(await texts(dataSource)).toEqual([]);
      await expect(runner.query('SELECT 1')).rejects.toThrow(/released/);
      await runner.release();
    });

    it('undoes what was begun by hand', async () => {
      const { dataSource } = await make();
      const runner = dataSource.createQueryRunner();
      await runner.query('BEGIN');
      await runner.query(`INSERT INTO note (text) VALUES ('never')`);
      await runner.release();
      expect(await texts(dataSource)).toEqual([]);
    });

    it('lets a plain repository join the transaction around it, as TypeORM does', async () => {
      const { dataSource, pool } = await make({ pool: { acquireTimeout: 100 } });
      const notes = dataSource.getRepository(Note);
      const failing = dataSource.transaction(async () => {
        await notes.save({ text: 'never' });
        await dataSource.transaction(async () => void (await notes.save({ text: 'never either' })));
        expect(await notes.count()).toBe(2);
        throw new Error('meant to fail');
      });
      await expect(failing).rejects.toThrow('meant to fail');
      expect(await notes.count()).toBe(0);
      expect(pool.leased).toBe(0);
    });

    it('lets what a subscriber does join whoever it is called for', async () => {
      const { dataSource } = await make({ pool: { acquireTimeout: 100 } });
      const subscriber: EntitySubscriberInterface<Note> = {
        listenTo: () => 'note',
        afterInsert: async ({ entity, connection }) => {
          if (!entity.text.startsWith('copy'))
            await connection.getRepository(Note).insert({ text: `copy of ${entity.text}` });
        },
      };
      dataSource.subscribers.push(subscriber);
      await dataSource.getRepository(Note).save({ text: 'a' });
      expect(await texts(dataSource)).toEqual(['a', 'copy of a']);
    });

    it('has sessions: lazy, ambient, with savepoints, rolled back at their end', async () => {
      const { dataSource, sessions, pool } = await make({ pool: { acquireTimeout: 100 } });
      const notes = dataSource.getRepository(Note);
      await sessions.transaction(async (tx) => {
        await notes.save({ text: 'a' });
        await tx
          .transaction(async (inner) => {
            await inner.save(Note, { text: 'undone' });
            throw new Error('meant to fail');
          })
          .catch(() => 'expected');
      });
      {
        await using session = sessions.open();
        expect(pool.leased).toBe(0);
        await session.queryRunner.startTransaction();
        await session.query(`INSERT INTO note (text) VALUES ('never')`);
        expect(pool.leased).toBe(1);
      }
      expect(await texts(dataSource)).toEqual(['a']);
      expect(sessions.getMetrics()).toMatchObject({ active: 0, committed: 1 });
    });

    it('serves sessions and plain transactions in turn', async () => {
      const { dataSource, sessions } = await make();
      const work = Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0
          ? sessions.transaction(async (tx) => {
              await tx.save(Note, { text: `s${n}` });
              await turn();
              if (n % 4 === 0) throw new Error('meant to fail');
            })
          : dataSource.transaction(async (tx) => {
              await tx.save(Note, { text: `p${n}` });
              await turn();
            }),
      );
      const failed = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected');
      expect(failed).toHaveLength(5);
      expect(await texts(dataSource)).toHaveLength(15);
    });

    it('refuses to write in a read-only transaction, and no longer', async () => {
      const { dataSource, sessions } = await make();
      const writing = sessions.transaction({ readOnly: true }, (tx) => tx.save(Note, { text: 'refused' }));
      await expect(writing).rejects.toThrow(/readonly/i);
      await using session = sessions.open();
      await session.query('SELECT 1');
      await session.transaction({ readOnly: true }, (tx) => tx.query('SELECT 1'));
      await session.query(`INSERT INTO note (text) VALUES ('a')`);
      await session.close();
      expect(await texts(dataSource)).toEqual(['a']);
    });

    it('tells who waits too long who has it', async () => {
      const { dataSource } = await make({ pool: { acquireTimeout: 20 } });
      const holder = dataSource.createQueryRunner();
      await holder.query('SELECT 1');
      await expect(dataSource.query('SELECT 1')).rejects.toThrow(/database\.pool.*20 ms/s);
      await holder.release();
      expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    });

    it('waits for who has it when it is destroyed, and can be initialised again', async () => {
      const { dataSource } = await make();
      const working = dataSource.transaction(async (tx) => {
        await turn();
        await tx.save(Note, { text: 'a' });
        return 'finished';
      });
      await turn();
      await dataSource.destroy();
      await expect(working).resolves.toBe('finished');
      await dataSource.initialize();
      expect(await texts(dataSource)).toEqual([]);
    });
  });
}

describe('a SQLite database in memory', () => {
  const make = (more: object): Promise<Made> => makeWith({ type: 'sqljs', ...more });

  it('is saved after each change, but never in a transaction, whose end that would be', async () => {
    const saved: number[] = [];
    const { sessions, dataSource } = await make({
      autoSave: true,
      autoSaveCallback: (file: Uint8Array) => saved.push(file.length),
    });
    saved.length = 0;
    await dataSource.transaction(async (tx) => {
      await tx.save(Note, { text: 'a' });
      await tx.query('SELECT 1');
      expect(saved).toHaveLength(0);
    });
    expect(saved.length).toBeGreaterThan(0);
    saved.length = 0;
    await sessions.run((tx) => tx.query(`INSERT INTO note (text) VALUES ('b')`));
    await turn();
    expect(saved).toHaveLength(1);
    expect(await texts(dataSource)).toEqual(['a', 'b']);
  });

  it('is not saved with what is undone when its runner is released', async () => {
    const { dataSource } = await make({ autoSave: true, autoSaveCallback: () => undefined });
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(Note, { text: 'never' });
    await runner.release();
    expect(await texts(dataSource)).toEqual([]);
  });

  it('is not created, nor used, before its data source is initialised', async () => {
    const factory = new PooledDataSourceFactory();
    factories.push(factory);
    const { dataSource } = factory.createDataSource({ type: 'sqljs', pool: { acquireTimeout: 50 } });
    await expect(dataSource.query('SELECT 1')).rejects.toThrow(/not initialised/);
  });
});
