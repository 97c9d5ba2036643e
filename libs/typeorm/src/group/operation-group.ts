import { BulkheadPolicy, systemClock } from '@nestjs-resources/core';
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
  private readonly turns = new Map<Session, OneAtATime>();
  private readonly handles = new Set<OperationHandle<unknown>>();
  private ending: Promise<void> | undefined;

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
    const session = sessions.open(this.inherit(options));
    this.turns.set(session, new OneAtATime());
    return session;
  }

  /** Runs operations one after another in one transaction, all or none. Resolves to their results, in order. */
  runInTransaction<R>(
    session: Session,
    operations: readonly GroupOperation<R>[],
    options: TransactionOptions = {},
  ): Promise<R[]> {
    return session.transaction(options, async (manager) => {
      const results: R[] = [];
      for (const operation of operations) results.push(await operation(manager, session, results));
      return results;
    });
  }

  /**
   * Begins an operation, as soon as the limit of the group and the operations before it in the same session allow. What is
   * returned need not be awaited at once: a failure that nobody has looked at is thrown by `close()`, one that somebody has
   * looked at is not.
   */
  runOperation<R>(session: Session, operation: SessionWork<R>): OperationHandle<R> {
    const handle = new OperationHandle(this.inTurn(session, operation));
    this.handles.add(handle);
    return handle;
  }

  /**
   * Runs operations at once, each in a session of its own, never more than the limit of the group.
   *
   * @returns their results, in the order of the operations
   * @throws {AggregateError} with what failed first in front, when all have ended
   */
  async runConcurrently<R>(operations: readonly SessionWork<R>[], options: ConcurrentOptions = {}): Promise<R[]> {
    const { onError = 'cancel' } = options;
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

  /**
   * Does work in several sessions so that all of it is kept or nothing. With one database one session does that better; with
   * several, a commit may fail after another has succeeded, which is then told.
   *
   * @throws {PartialCommitError}
   */
  atomic<R>(parts: readonly AtomicPart<R>[], options: TransactionOptions = {}): Promise<R[]> {
    return runAtomic(parts, options, (take) => this.takeSeveral(take));
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

  private async takeSeveral<T>(take: () => Promise<T>): Promise<T> {
    const { severalAtOnce } = this.sessions;
    await severalAtOnce.enter({ signal: this.options.signal });
    try {
      return await take();
    } finally {
      severalAtOnce.leave();
    }
  }

  private inherit(options: SessionOptions): SessionOptions {
    const { signal: ours, deadline } = this.options;
    const signal = ours && options.signal ? AbortSignal.any([ours, options.signal]) : (options.signal ?? ours);
    return { ...(deadline !== undefined && { deadline }), ...options, ...(signal && { signal }) };
  }

  private async end(): Promise<void> {
    const handles = [...this.handles];
    const unseen = handles.filter((handle) => !handle.observed);
    const outcomes = await Promise.allSettled(handles);
    await Promise.all([...this.turns.keys()].map((session) => session.close()));
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
