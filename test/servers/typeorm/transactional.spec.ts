import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ResourceModule } from '@nestjs-resources/nest';
import { SessionFactory, Transactional, TypeOrmResourceModule } from '@nestjs-resources/typeorm';
import { DataSource } from 'typeorm';
import { ask } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';

/** Which transaction one is in: none has a number unless it has written. */
interface Place {
  readonly transaction: string | null;
  readonly backend: number;
}

/** A method for each propagation; each leaves a note, with a plain data source. */
@Injectable()
class Notes {
  constructor(private readonly dataSource: DataSource) {}

  async note(text: string): Promise<Place> {
    await this.dataSource.query('INSERT INTO notes VALUES ($1)', [text]);
    const [place] = await this.dataSource.query(
      'SELECT pg_current_xact_id_if_assigned()::text AS transaction, pg_backend_pid() AS backend',
    );
    return place as Place;
  }

  @Transactional()
  async required(): Promise<Place> {
    return this.note('inner');
  }

  @Transactional({ propagation: 'nested' })
  async nested(fail = false): Promise<Place> {
    const place = await this.note('inner');
    if (fail) throw new Error('no');
    return place;
  }

  @Transactional({ propagation: 'requires new' })
  async requiresNew(): Promise<Place> {
    return this.note('inner');
  }

  @Transactional({ propagation: 'supports' })
  async supports(): Promise<Place> {
    return this.note('inner');
  }

  @Transactional({ propagation: 'not supported' })
  async notSupported(): Promise<Place> {
    return this.note('inner');
  }

  @Transactional({ propagation: 'mandatory' })
  async mandatory(): Promise<Place> {
    return this.note('inner');
  }

  @Transactional({ propagation: 'never' })
  async never(): Promise<Place> {
    return this.note('inner');
  }
}

describeWithPostgres('@Transactional()', (server) => {
  let module: TestingModule;
  let notes: Notes;
  beforeEach(async () => {
    await ask(server().url, 'DROP TABLE IF EXISTS notes');
    await ask(server().url, 'CREATE TABLE notes (text varchar)');
    module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({}),
        TypeOrmResourceModule.forRoot({ type: 'postgres', url: server().url, pool: { maxSize: 3 } }),
      ],
      providers: [Notes],
    }).compile();
    await module.init();
    notes = module.get(Notes);
  });
  afterEach(() => module.close());

  const kept = async (): Promise<string[]> => {
    const rows = await ask<{ text: string }>(server().url, 'SELECT text FROM notes ORDER BY text');
    return rows.map(({ text }) => text);
  };
  /** Calls a method within a transaction that is rolled back. */
  const within = async (inner: () => Promise<Place>): Promise<{ outer: Place; inner: Place }> => {
    let places: { outer: Place; inner: Place } | undefined;
    const undone = module.get(SessionFactory).transaction(async () => {
      places = { outer: await notes.note('outer'), inner: await inner() };
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    return places as { outer: Place; inner: Place };
  };

  it.each([
    ['required', () => notes.required()],
    ['supports', () => notes.supports()],
    ['mandatory', () => notes.mandatory()],
    ['nested', () => notes.nested()],
  ])('%s within a transaction joins it, and is undone with it', async (_propagation, call) => {
    const { outer, inner } = await within(call);
    expect(inner.backend).toBe(outer.backend);
    expect(await kept()).toEqual([]);
  });

  it.each([
    ['requires new', () => notes.requiresNew(), true],
    ['not supported', () => notes.notSupported(), false],
  ])('%s within a transaction uses another connection, and is kept', async (_propagation, call, inTransaction) => {
    const { outer, inner } = await within(call);
    expect(inner.backend).not.toBe(outer.backend);
    expect(inner.transaction !== null).toBe(inTransaction);
    expect(await kept()).toEqual(['inner']);
  });

  it('never within a transaction is refused', async () => {
    const refused = module.get(SessionFactory).transaction(() => notes.never());
    await expect(refused).rejects.toMatchObject({ code: 'TRANSACTION_PROPAGATION' });
    expect(await kept()).toEqual([]);
  });

  it('nested within a transaction may fail alone', async () => {
    await module.get(SessionFactory).transaction(async () => {
      await notes.note('outer');
      await notes.nested(true).catch(() => 'expected');
    });
    expect(await kept()).toEqual(['outer']);
  });

  it.each([
    ['required', () => notes.required(), true],
    ['nested', () => notes.nested(), true],
    ['requires new', () => notes.requiresNew(), true],
    ['supports', () => notes.supports(), false],
    ['not supported', () => notes.notSupported(), false],
    ['never', () => notes.never(), false],
  ])('%s outside of a transaction (in one of its own: %#)', async (_propagation, call, inTransaction) => {
    const { transaction } = await call();
    expect(transaction !== null).toBe(inTransaction);
    expect(await kept()).toEqual(['inner']);
  });

  it('mandatory outside of a transaction is refused', async () => {
    await expect(notes.mandatory()).rejects.toMatchObject({ code: 'TRANSACTION_PROPAGATION' });
    expect(await kept()).toEqual([]);
  });
});
