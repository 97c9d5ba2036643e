import type { SessionFactory } from '@nestjs-resources/typeorm';
import type { DataSource } from 'typeorm';
import { ITEMS, ItemSchema } from './item.entity.js';

export type Work = () => Promise<unknown>;

/** What is done with a database, by the names with which one of them can be measured alone. */
export const OPERATIONS = {
  select: 'SELECT 1',
  find: 'find by id',
  insert: 'insert',
  transaction: 'transaction',
} as const;
export type Operation = keyof typeof OPERATIONS;

const anyId = (): number => 1 + Math.floor(Math.random() * ITEMS);

/** As an application does it with TypeORM: plain repositories. */
export function plainly(source: DataSource): Record<Operation, Work> {
  const items = source.getRepository(ItemSchema);
  return {
    select: () => source.query('SELECT 1'),
    find: () => items.findOneBy({ id: anyId() }),
    insert: () => items.insert({ name: 'new' }),
    transaction: () => source.transaction((tx) => tx.query('SELECT 1')),
  };
}

/** Each in a session of its own. */
export function inSessions(sessions: SessionFactory): Record<Operation, Work> {
  return {
    select: () => sessions.run((tx) => tx.query('SELECT 1')),
    find: () => sessions.run((tx) => tx.getRepository(ItemSchema).findOneBy({ id: anyId() })),
    insert: () => sessions.run((tx) => tx.getRepository(ItemSchema).insert({ name: 'new' })),
    transaction: () => sessions.transaction((tx) => tx.query('SELECT 1')),
  };
}
