import { attempt, systemClock, type Lease } from '@nestjs-resources/core';
import type { ConnectionSource, ServerRole } from './connection-source.js';
import { OneAtATime } from './one-at-a-time.js';
import {
  ConnectionLostError,
  type LostTransaction,
  SessionClosedError,
  TransactionAbortedError,
} from './session.errors.js';
import type { SessionOptions } from './session.options.js';
import { ROLLBACK_TIMEOUT, runWithin, SessionTime } from './statement-limits.js';

export interface SessionSettings {
  readonly source: ConnectionSource;
  readonly options: SessionOptions;
  /** Names the session in messages, e.g. `Session 'checkout'`. */
  readonly name: string;
  /** Name of the data source in the registry. */
  readonly resource: string | undefined;
}

/** Milliseconds in which a server has to obey a cancellation; then the connection is given up. */
const CANCEL_TIMEOUT = 2_000;

/**
 * The connection of a session: taken from the pool when it is first needed, one statement at a time, replaced when it is
 * lost, given back when the session says so.
 *
 * Invariant: a connection goes back only when no statement and no cancellation is under way on it; otherwise it is destroyed.
 */
export class SessionConnection {
  private readonly statements = new OneAtATime();
  private readonly time: SessionTime;
  private lease: Lease<object> | undefined;
  /** What TypeORM is given, as long as the lease lasts. One promise for all who ask, so that they go on in their order. */
  private gate: Promise<object> | undefined;
  private waiting: AbortController | undefined;
  private cancelling: Promise<void> | undefined;
  private running = false;
  private closed = false;
  private firstFailure: unknown;
  /** Why the transaction is over before its end. */
  private lost: ConnectionLostError | TransactionAbortedError | undefined;

  constructor(
    private readonly settings: SessionSettings,
    private readonly role: ServerRole,
    private readonly inTransaction: () => boolean,
  ) {
    this.time = new SessionTime(settings.options, settings.name, settings.resource);
  }

  get isLeased(): boolean {
    return this.lease !== undefined;
  }

  /** @throws {SessionClosedError} */
  assertUsable(): void {
    if (this.closed) throw this.closedError();
    if (this.lost) throw this.lost;
  }

  /** The connection as TypeORM shall see it. */
  connect(): Promise<object> {
    if (this.closed) return Promise.reject(this.closedError());
    if (this.lost) return Promise.reject(this.lost);
    return (this.gate ??= this.lend());
  }

  /** Waits for one's turn. Whoever has it must call {@link leave}. */
  enter(signal = this.settings.options.signal): void | Promise<void> {
    return this.statements.enter(signal);
  }

  leave(): void {
    this.statements.leave();
  }

  /** Asks the server to end the statement under way. Resolves when it has been told. */
  async cancel(): Promise<void> {
    const { lease } = this;
    if (!lease || !this.running) return;
    await (this.cancelling ??= this.settings.source.dialect.cancel(lease.resource));
  }

  /** Forgets what happened in a transaction that is over. */
  forget(): void {
    this.firstFailure = undefined;
    if (!this.inTransaction()) this.lost = undefined;
  }

  giveBack(): void {
    const { lease } = this;
    this.lease = this.gate = undefined;
    lease?.release();
  }

  /** Destroys the connection. */
  abandon(cause: unknown): void {
    const { lease } = this;
    this.lease = this.gate = undefined;
    lease?.destroy(cause instanceof Error ? cause.message : String(cause));
  }

  /** Refuses new statements, awaits those under way, undoes what is open and gives the connection back. */
  close(): Promise<void> {
    this.closed = true;
    if (this.waiting || !this.statements.isFree || this.inTransaction()) return this.closeLater();
    this.giveBack();
    return Promise.resolve();
  }

  /** What an error of a statement means for the session, and what to tell instead. */
  judge(text: string, error: unknown): unknown {
    const told = error instanceof SessionClosedError || error instanceof TransactionAbortedError || error === this.lost;
    if (told || !this.lease) return error;
    const { dialect } = this.settings.source;
    const cause = dialect.lostBecause(this.lease.resource) ?? error;
    if (cause !== error || dialect.errors.isConnectionError(error)) return this.lose(text, cause);
    if (dialect.isRefusedCommit(text, error)) return this.aborted();
    if (!this.inTransaction()) return error;
    this.firstFailure ??= error;
    // Statements that follow would be outside of any transaction, each kept for itself.
    if (dialect.undoesTransaction(error)) this.lost = this.aborted();
    return error;
  }

  private async closeLater(): Promise<void> {
    this.waiting?.abort(this.closedError());
    await this.gate?.catch(() => undefined);
    await this.statements.enter();
    if (this.lease && this.inTransaction()) await this.undoEverything(this.lease.resource);
    this.giveBack();
    this.statements.leave();
  }

  private lend(): Promise<object> {
    const idle = this.settings.source.tryAcquire(this.role, this.settings.options.label);
    return idle ? Promise.resolve(this.hold(idle)) : this.lendLater();
  }

  private async lendLater(): Promise<object> {
    try {
      const lease = await this.waitForLease();
      if (!this.closed) return this.hold(lease);
      lease.release();
      throw this.closedError();
    } catch (error) {
      this.gate = undefined;
      throw error;
    }
  }

  private async waitForLease(): Promise<Lease<object>> {
    const { signal, acquireTimeout, label } = this.settings.options;
    const waiting = (this.waiting = new AbortController());
    const either = signal ? AbortSignal.any([signal, waiting.signal]) : waiting.signal;
    const stopTimer = systemClock.schedule(this.time.left, () => waiting.abort(this.time.overdue()));
    try {
      return await this.settings.source.acquire(this.role, { signal: either, timeout: acquireTimeout, label });
    } finally {
      stopTimer();
      this.waiting = undefined;
    }
  }

  private hold(lease: Lease<object>): object {
    this.lease = lease;
    return this.settings.source.dialect.gate(lease.resource, (text, send) => this.run(text, send));
  }

  private async run<R>(text: string, send: () => Promise<R>): Promise<R> {
    const limits = this.time.limitsOf(text);
    const turn = this.statements.enter(limits.signal);
    if (turn) await turn;
    try {
      if (this.closed || (this.lost && !isRollback(text))) this.assertUsable();
      this.running = true;
      const answer = await runWithin(limits, send, (unanswered) => this.interrupt(text, unanswered));
      if (this.settings.source.dialect.isRefusedCommit(text, answer)) throw this.aborted();
      return answer;
    } catch (error) {
      throw this.judge(text, error);
    } finally {
      this.running = false;
      if (this.cancelling) await this.fence(text);
      this.statements.leave();
    }
  }

  /** Ends a statement that exceeded its limits, and a connection whose server does not obey. */
  private async interrupt(text: string, answer: Promise<unknown>): Promise<void> {
    const settled = answer.then(
      () => undefined,
      () => undefined,
    );
    const obeyed = await this.inTime('Cancelling', async () => {
      await this.cancel();
      await settled;
    });
    if (!obeyed) this.lose(text, new Error('The server did not obey a cancellation in time.'));
  }

  /** A cancellation that is late must hit nobody else: an empty statement takes it, if there is one on its way. */
  private async fence(text: string): Promise<void> {
    const { cancelling, lease } = this;
    this.cancelling = undefined;
    if (!lease) return;
    const clear = await this.inTime('Fencing', async () => {
      await cancelling;
      await this.settings.source.dialect.fence(lease.resource);
    });
    if (!clear && this.lease === lease) this.lose(text, new Error('The connection was in doubt after a cancellation.'));
  }

  private async inTime(what: string, work: () => Promise<void>): Promise<boolean> {
    const outcome = await attempt(work, { clock: systemClock, what, timeout: CANCEL_TIMEOUT, hold: true });
    return outcome.ok;
  }

  private lose(text: string, cause: unknown): ConnectionLostError {
    const error = new ConnectionLostError(this.lostTransaction(text), cause, this.settings.resource);
    const { source } = this.settings;
    if (this.lease && source.dialect.lostBecause(this.lease.resource) === undefined) source.suspect(this.role, error);
    this.abandon(cause);
    if (this.inTransaction()) this.lost = error;
    return error;
  }

  private lostTransaction(text: string): LostTransaction {
    if (!this.inTransaction()) return 'none';
    return /^\s*commit\b/i.test(text) ? 'unknown' : 'rolled back';
  }

  /** Past TypeORM and the gate, which are closed by now. */
  private async undoEverything(connection: object): Promise<void> {
    const outcome = await attempt(() => this.settings.source.dialect.rollBack(connection), {
      clock: systemClock,
      what: `The last rollback of ${this.settings.name}`,
      timeout: ROLLBACK_TIMEOUT,
      hold: true,
    });
    if (!outcome.ok) this.abandon(outcome.error);
  }

  private aborted(): TransactionAbortedError {
    return new TransactionAbortedError(this.firstFailure, this.settings.resource);
  }

  private closedError(): SessionClosedError {
    return new SessionClosedError(this.settings.name, this.settings.resource);
  }
}

function isRollback(text: string): boolean {
  return /^\s*rollback\b/i.test(text);
}
