import { BulkheadPolicy, ResourceError, systemClock } from '@nestjs-resources/core';
import { OneAtATime } from '../session/one-at-a-time.js';
import type { SessionFactory } from '../session/session-factory.js';
import type { Session } from '../session/session.js';
import type { SessionOptions, SessionWork, TransactionOptions } from '../session/session.options.js';
import { type AtomicPart, runAtomic } from './atomic.js';
import { OperationHandle } from './operation-handle.js';

export interface OperationGroupOptions {
  /** How many operations run at once. @default 4 */
  readonly concurrency?: number;
  /** Ends all that the group does. */
  readonly signal?: AbortSignal;
  /** Milliseconds for each session of the group. @default Infinity */
  readonly deadline?: number;
}

export interface GroupSessionOptions extends SessionOptions {
  /** Of another data source. @default that of the group */
  readonly sessions?: SessionFactory;
}

export interface ConcurrentOptions {
  /** What the first failure does to the others: cancels them on the server, or lets them end. @default 'cancel' */
  readonly onError?: 'cancel' | 'settle';
}

/** An operation of a transaction; the third argument is what those before it have resolved to. */
export type GroupOperation<R> = (
  manager: Parameters<SessionWork<R>>[0],
  session: Session,
  results: readonly unknown[],
) => R | Promise<R>;

/** Something was begun in a group that has ended. Code `GROUP_CLOSED`. */
export class OperationGroupClosedError extends ResourceError {
  constructor() {
    super('The operation group has ended. Begin everything before close(), or before the end of its block.', {
      code: 'GROUP_CLOSED',
    });
  }
}

/** How many operations may wait for their turn. */
const MOST_WAITING = 10_000;

/**
 * Several sessions and what is done in them, ended together: first the operations, then the sessions.
 *
 * @example
 * await using group = sessions.group({ concurrency: 3 });
 * const session = group.createSession();
 * await group.runInTransaction(session, [debit, credit]);
 * const [orders, customers] = await group.runConcurrently([findOrders, findCustomers]);
 */
export class OperationGroup {
  private readonly limit: BulkheadPolicy;
  /** Those that end with it. */
  private readonly own = new Set<Session>();
  private readonly turns = new WeakMap<Session, OneAtATime>();
  private readonly handles = new Set<OperationHandle<unknown>>();
  private readonly running = new Set<Promise<void>>();
  private ending: Promise<void> | undefined;
  private ended = false;

  constructor(
    private readonly sessions: SessionFactory,
    private readonly options: OperationGroupOptions = {},
  ) {
    const { concurrency = 4 } = options;
    this.limit = new BulkheadPolicy(
      { maxConcurrent: concurrency, queueLimit: MOST_WAITING, queueTimeout: Infinity },
      { what: 'An operation group', clock: systemClock },
    );
  }

  /** Opens a session that ends with the group. */
  createSession({ sessions = this.sessions, ...options }: GroupSessionOptions = {}): Session {
    if (this.ending) throw new OperationGroupClosedError();
    const session = sessions.open(this.inherit(options));
    this.own.add(session);
    return session;
  }

  /** Runs operations one after another in one transaction, all or none. Resolves to their results, in order. */
  runInTransaction<R>(
    session: Session,
    operations: readonly GroupOperation<R>[],
    options: TransactionOptions = {},
  ): Promise<R[]> {
    return this.track(() =>
      session.transaction(options, async (manager) => {
        const results: R[] = [];
        for (const operation of operations) results.push(await operation(manager, session, results));
        return results;
      }),
    );
  }

  /**
   * Begins an operation, as soon as the limit of the group and the operations before it in the same session allow. What is
   * returned need not be awaited at once: a failure that nobody has looked at is thrown by `close()`, one that somebody has
   * looked at is not.
   */
  runOperation<R>(session: Session, operation: SessionWork<R>): OperationHandle<R> {
    const handle = new OperationHandle(this.track(() => this.inTurn(session, operation)));
    this.handles.add(handle);
    return handle;
  }

  /**
   * Runs operations at once, each in a session of its own, never more than the limit of the group.
   *
   * @returns their results, in the order of the operations
   * @throws {AggregateError} with what failed first in front, when all have ended
   */
  runConcurrently<R>(operations: readonly SessionWork<R>[], options: ConcurrentOptions = {}): Promise<R[]> {
    return this.track(() => this.concurrently(operations, options));
  }

  /**
   * Does work in several sessions so that all of it is kept or nothing. With one database one session does that better; with
   * several, a commit may fail after another has succeeded, which is then told.
   *
   * @throws {PartialCommitError}
   * @throws {NotEnoughConnectionsError} if one pool has fewer connections than there are sessions of it
   */
  atomic<R>(parts: readonly AtomicPart<R>[], options: TransactionOptions = {}): Promise<R[]> {
    return this.track(() => runAtomic(parts, options, this.options.signal));
  }

  /** Awaits the operations, then closes the sessions. @throws failures that nobody has looked at */
  close(): Promise<void> {
    return (this.ending ??= this.end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async inTurn<R>(session: Session, operation: SessionWork<R>): Promise<R> {
    const turns = this.turns.get(session) ?? new OneAtATime();
    this.turns.set(session, turns);
    const { signal } = this.options;
    await turns.enter({ signal });
    try {
      return await this.limit.execute(() => operation(session.manager, session), signal ? { signal } : {});
    } finally {
      turns.leave();
    }
  }

  private async concurrently<R>(
    operations: readonly SessionWork<R>[],
    { onError = 'cancel' }: ConcurrentOptions,
  ): Promise<R[]> {
    const failures: unknown[] = [];
    const stop = new AbortController();
    const fail = (error: unknown): void => {
      failures.push(error);
      if (onError === 'cancel') stop.abort(new Error('Another operation of the group has failed.', { cause: error }));
    };
    const signal = this.options.signal ? AbortSignal.any([this.options.signal, stop.signal]) : stop.signal;
    const running = operations.map((operation) =>
      this.limit
        .execute(() => this.sessions.run(this.inherit({ signal }), operation), { signal })
        .then((value) => ({ value }), fail),
    );
    const settled = await Promise.all(running);
    if (failures.length > 0) throw new AggregateError(failures, messageOf(failures));
    return settled.map((each) => (each as { value: R }).value);
  }

  /** The sessions of the group outlive all that is begun in it, also what nobody awaits. */
  private track<R>(begin: () => Promise<R>): Promise<R> {
    if (this.ended) return Promise.reject(new OperationGroupClosedError());
    const work = begin();
    const done = work.then(ignore, ignore).finally(() => this.running.delete(done));
    this.running.add(done);
    return work;
  }

  private inherit(options: SessionOptions): SessionOptions {
    const { signal: ours, deadline } = this.options;
    const signal = ours && options.signal ? AbortSignal.any([ours, options.signal]) : (options.signal ?? ours);
    return { ...(deadline !== undefined && { deadline }), ...options, ...(signal && { signal }) };
  }

  private async end(): Promise<void> {
    // What is under way may begin more.
    while (this.running.size > 0) await Promise.all(this.running);
    this.ended = true;
    const handles = [...this.handles];
    const unseen = handles.filter((handle) => !handle.observed);
    const outcomes = await Promise.allSettled(handles);
    await Promise.all([...this.own].map((session) => session.close()));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' && unseen.includes(handles[index] as OperationHandle<unknown>)
        ? [outcome.reason as unknown]
        : [],
    );
    if (failures.length > 0) throw new AggregateError(failures, messageOf(failures));
  }
}

function messageOf(failures: readonly unknown[]): string {
  const [first] = failures;
  const others = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return `${first instanceof Error ? first.message : String(first)}${others}`;
}

function ignore(): void {}
