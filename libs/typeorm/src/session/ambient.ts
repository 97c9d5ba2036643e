import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import type { ServerRole } from './connection-source.js';
import type { TransactionLevel } from './transaction-level.js';

const known = new WeakMap<DataSource, Ambient>();

/**
 * Lets everything that TypeORM does without a query runner of its own (repositories, query builders, `dataSource.query`)
 * join the transaction of the current asynchronous context.
 *
 * All of it funnels through one method of the data source, `createQueryRunner`, which is replaced on the instance; no
 * prototype is touched. Outside of a transaction nothing is joined: one connection shared by two concurrent `save()`s would
 * let the one commit what the other still does.
 */
export class Ambient {
  private readonly storage = new AsyncLocalStorage<TransactionLevel>();
  private readonly subscribers = new Set<EntitySubscriberInterface>();
  private readonly original: DataSource['createQueryRunner'];

  /** The one of this data source. */
  static of(dataSource: DataSource): Ambient {
    let ambient = known.get(dataSource);
    if (!ambient) known.set(dataSource, (ambient = new Ambient(dataSource)));
    return ambient;
  }

  private constructor(private readonly dataSource: DataSource) {
    this.original = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (role) => this.joined() ?? this.createQueryRunner(role);
  }

  /** Makes a query runner that joins nothing. */
  createQueryRunner(role?: ServerRole): QueryRunner {
    for (const subscriber of this.subscribers) this.subscribe(subscriber);
    return this.original(role);
  }

  /** Lets somebody see every statement. TypeORM makes its list anew when it initialises, so he is kept here. */
  watch(subscriber: EntitySubscriberInterface): void {
    this.subscribers.add(subscriber);
  }

  /** The innermost level of the current context that has not ended. */
  get level(): TransactionLevel | undefined {
    const level = this.storage.getStore();
    return level?.ended ? undefined : level;
  }

  run<R>(level: TransactionLevel, work: () => R): R {
    return this.storage.run(level, work);
  }

  private joined(): QueryRunner | undefined {
    const { level } = this;
    if (!level) return undefined;
    if (level.depth > 0) return level.session.queryRunner;
    level.session.besides();
    return undefined;
  }

  private subscribe(subscriber: EntitySubscriberInterface): void {
    const { subscribers } = this.dataSource;
    if (!subscribers.includes(subscriber)) subscribers.push(subscriber);
  }
}
