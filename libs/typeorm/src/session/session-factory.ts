import type { Readable } from 'node:stream';
import { checkOptions, type ResourceListener } from '@nestjs-resources/core';
import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { Ambient } from './ambient.js';
import { OperationGroup, type OperationGroupOptions } from '../group/operation-group.js';
import type { ConnectionSource } from './connection-source.js';
import { placeOf, type Propagation } from './propagation.js';
import { Session } from './session.js';
import type { SessionDefaults, SessionOptions, SessionWork, TransactionOptions } from './session.options.js';
import { sessionDefaultsTable } from './session-defaults.table.js';
import { SessionLimit } from './session-limit.js';
import { SessionWatch } from './session-watch.js';
import { SlowQueries } from './slow-queries.js';
import type { TransactionCounters } from './transaction.js';

export interface SessionTransactionOptions extends SessionOptions, TransactionOptions {
  /** What becomes of it within a transaction. @default 'nested' */
  readonly propagation?: Propagation;
}

export interface SessionFactoryOptions {
  /** Name of the data source in the registry, for errors. */
  readonly resource?: string;
  /** Taken by every session that does not say otherwise, and what is watched of all. */
  readonly defaults?: SessionDefaults;
}

/** How many sessions and transactions there were since the start, and are now. */
export interface SessionMetrics extends Readonly<TransactionCounters> {
  /** Open now. */
  readonly active: number;
  readonly opened: number;
  /** Waiting because as many use the database as may at once. */
  readonly waiting: number;
  /** How often somebody took a connection who held one already. */
  readonly nested: number;
}

/**
 * Opens sessions on one data source.
 *
 * @example
 * await sessions.transaction((tx) => tx.save(order));
 *
 * @example
 * await using session = sessions.open({ label: 'checkout' });
 */
export class SessionFactory {
  private readonly ambient: Ambient;
  private readonly counters: TransactionCounters = { committed: 0, rolledBack: 0, aborted: 0 };
  private readonly watch = new SessionWatch();
  private readonly limit: SessionLimit | undefined;
  private readonly defaults: SessionOptions;
  private readonly resource: string | undefined;
  private opened = 0;
  private active = 0;

  /** @throws {OptionsError} if the defaults are impossible */
  constructor(
    readonly dataSource: DataSource,
    private readonly source: ConnectionSource,
    { resource, defaults = {} }: SessionFactoryOptions = {},
  ) {
    const { limit = Infinity, slowQueries, ...ofEach } = defaults;
    checkOptions(sessionDefaultsTable, defaults, {
      subject: 'Sessions',
      path: 'sessions',
      ...(resource && { resource }),
    });
    this.ambient = Ambient.of(dataSource);
    this.resource = resource;
    this.defaults = ofEach;
    this.limit = limit === Infinity ? undefined : new SessionLimit(limit, resource);
    if (slowQueries) this.ambient.watch(new SlowQueries(slowQueries, (event) => this.watch.tell(event)));
  }

  /**
   * Opens a session. Synchronous and free of cost: its connection is taken by its first statement.
   *
   * @throws {OptionsError} if a duration is impossible
   */
  open(options: SessionOptions = {}): Session {
    const { source, ambient, counters, watch, limit, resource } = this;
    const own = { ...this.defaults, ...options };
    if (!isPossible(own)) checkOptions(sessionDefaultsTable, durationsOf(own), { subject: 'A session' });
    const name = own.label ? `Session '${own.label}'` : 'The session';
    this.opened++;
    this.active++;
    const ended = (): number => this.active--;
    const around = ambient.level?.session;
    return new Session({ source, ambient, counters, watch, around, limit, options: own, name, resource, ended });
  }

  /** Opens a session for `work` and closes it afterwards. */
  run<R>(work: SessionWork<R>): Promise<R>;
  run<R>(options: SessionOptions, work: SessionWork<R>): Promise<R>;
  async run<R>(...parameters: [SessionWork<R>] | [SessionOptions, SessionWork<R>]): Promise<R> {
    const [options, work] = parameters.length === 1 ? [{}, parameters[0]] : parameters;
    const session = this.open(options);
    // Not by `await using`: compiled, it costs more than the rest of a short session.
    try {
      return await this.ambient.run(session.level, () => work(session.manager, session));
    } finally {
      await session.close();
    }
  }

  /**
   * Runs `work` in a transaction: of a session of its own, or, within a transaction of this data source, as `propagation`
   * says; by default as a savepoint of that one. Plain repositories used within `work` join.
   *
   * @see {@link Session.transaction}
   * @throws {PropagationError}
   */
  transaction<R>(work: SessionWork<R>): Promise<R>;
  transaction<R>(options: SessionTransactionOptions, work: SessionWork<R>): Promise<R>;
  async transaction<R>(...parameters: [SessionWork<R>] | [SessionTransactionOptions, SessionWork<R>]): Promise<R> {
    const [options, work] = parameters.length === 1 ? [{}, parameters[0]] : parameters;
    const { level } = this.ambient;
    const place = placeOf(options.propagation ?? 'nested', level);
    if (place === 'no transaction') return this.run(options, work);
    if (level && place === 'joined') return await work(level.session.manager, level.session);
    if (level && place === 'savepoint') return level.session.transaction(options, work);
    const session = this.open(options);
    try {
      return await session.transaction(options, work);
    } finally {
      await session.close();
    }
  }

  /** Runs `work` so that `session` is the current one. The session stays open. */
  within<R>(session: Session, work: () => R): R {
    return this.ambient.run(session.level, work);
  }

  /** A group of operations, run at once or as one. */
  group(options: OperationGroupOptions = {}): OperationGroup {
    return new OperationGroup(this, options);
  }

  /**
   * Reads rows as they come, over a connection of their own, which goes back when the stream is closed: read to its end,
   * destroyed, or left by `break`.
   */
  stream(
    query: string | SelectQueryBuilder<ObjectLiteral>,
    parameters?: unknown[],
    options: SessionOptions = {},
  ): Promise<Readable> {
    return this.streamIn(this.open(options), query, parameters);
  }

  /** The session of the current asynchronous context: within `run` or a transaction. */
  current(): Session | undefined {
    return this.ambient.level?.session;
  }

  getMetrics(): SessionMetrics {
    const { active, opened, counters, limit, watch } = this;
    return { active, opened, waiting: limit?.waiting ?? 0, nested: watch.nested, ...counters };
  }

  /** Tells of slow statements, if the options ask for it, and of who takes a second connection. */
  observe(listener: ResourceListener): () => void {
    return this.watch.observe(listener);
  }

  private async streamIn(session: Session, ...parameters: Parameters<Session['stream']>): Promise<Readable> {
    try {
      const stream = await session.stream(...parameters);
      return stream.once('close', () => void session.close());
    } catch (error) {
      await session.close();
      throw error;
    }
  }
}

/** The check of every session: as cheap as it can be. What it finds is explained by the table. */
function isPossible({ deadline = 1, statementTimeout = 1, acquireTimeout = 1, mode }: SessionOptions): boolean {
  return deadline > 0 && statementTimeout > 0 && acquireTimeout > 0 && (mode !== undefined ? mode in MODES : true);
}

const MODES = { primary: true, replica: true };

/** Transactions pass their own options along; those are not ours to judge. */
function durationsOf({ deadline, statementTimeout, acquireTimeout, mode }: SessionOptions): object {
  return { deadline, statementTimeout, acquireTimeout, mode };
}
