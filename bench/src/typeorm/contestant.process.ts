import { AsyncLocalStorage } from 'node:async_hooks';
import { PooledDataSourceFactory, type SessionFactory } from '@nestjs-resources/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Answer, Order, Way } from './contestant.js';
import { ITEMS, ItemSchema } from './item.entity.js';
import { load, repeat, Survivors } from './load.js';
import { inSessions, type Operation, plainly, type Work } from './operations.js';

/*
 * One contestant in a process of its own: what the one loads, optimises and switches on (AsyncLocalStorage costs each promise
 * of a process something once it is used) neither helps nor hurts the others.
 */

const [way, type, url, poolSize] = process.argv.slice(2) as [Way, 'postgres' | 'mariadb', string, string];
const options = { type, url, entities: [ItemSchema], poolSize: Number(poolSize) } as DataSourceOptions;

interface Opened {
  readonly works: Record<Operation, Work>;
  /** What is still in use. */
  inUse(): number;
  close(): Promise<void>;
}

async function openStock(): Promise<Opened> {
  const source = await new DataSource(options).initialize();
  return { works: plainly(source), inUse: () => 0, close: () => source.destroy() };
}

async function openOurs(worksOf: (sessions: SessionFactory) => Record<Operation, Work>): Promise<Opened> {
  const factory = new PooledDataSourceFactory();
  const sessions = await factory.createSessionFactory(options);
  const pool = factory.registry.get<{ leased: number }>('database.pool');
  return {
    works: worksOf(sessions),
    inUse: () => sessions.getMetrics().active + pool.leased,
    close: () => factory.close(),
  };
}

async function makeItems(): Promise<void> {
  const source = await new DataSource({ ...options, dropSchema: true, synchronize: true }).initialize();
  await source.getRepository(ItemSchema).insert(Array.from({ length: ITEMS }, (_, n) => ({ name: `item ${n}` })));
  await source.destroy();
}

if (way === 'stock') await makeItems();
// Before Node 24 one that is in use makes every promise of the process dearer.
if (way === 'context') new AsyncLocalStorage().enterWith(way);
const contestant =
  way === 'stock' || way === 'context'
    ? await openStock()
    : await openOurs((sessions) => (way === 'ours' ? plainly(sessions.dataSource) : inSessions(sessions)));
let survivors: Survivors | undefined;
let crashes = 0;
// Stock clients have no listener while they are being lent: an error in that moment ends the process, and would end the run.
process.on('uncaughtException', () => crashes++);

async function obey(order: Order): Promise<Answer> {
  switch (order.do) {
    case 'load':
      return load(contestant.works[order.operation], order.clients, order.duration);
    case 'repeat':
      return { ...(await repeat(contestant.works[order.operation], order.times)), inUse: contestant.inUse() };
    case 'survive':
      survivors = new Survivors(contestant.works.select, order.clients);
      return {};
    case 'rest':
      return { ...(await survivors?.stop()), crashes };
    case 'end':
      await contestant.close();
      return {};
  }
}

process.on('message', (order: Order) => {
  void obey(order).then((answer) =>
    process.send?.(answer, () => (order.do === 'end' ? process.disconnect() : undefined)),
  );
});
// Nobody is left to give orders.
process.on('disconnect', () => process.exit());
process.send?.({});
