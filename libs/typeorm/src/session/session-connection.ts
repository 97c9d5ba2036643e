import type { Readable } from 'node:stream';
import type { ServerRole } from './connection-source.js';
import { inTime, Interruption } from './interruption.js';
import { OneAtATime } from './one-at-a-time.js';
import { RowStream } from './row-stream.js';
import { SessionClosedError, StreamOpenError } from './session.errors.js';
import { SessionLease } from './session-lease.js';
import type { SessionSettings } from './session-settings.js';
import { StatementJudge } from './statement-judge.js';
import { isCommit, isRollback, ROLLBACK_TIMEOUT, runWithin, SessionTime } from './statement-limits.js';
import { StatementStream } from './statement-stream.js';
import { TransactionFate, type TransactionView } from './transaction-fate.js';

/**
 * The statements of a session: one at a time, within their limits, each judged by what its failure means.
 *
 * Invariant: a connection goes back only when no statement and no cancellation is under way on it; otherwise it is destroyed.
 */
export class SessionConnection {
  private readonly statements = new OneAtATime();
  private readonly time: SessionTime;
  private readonly lease: SessionLease;
  private readonly interruption: Interruption;
  private readonly fate: TransactionFate;
  private readonly judge: StatementJudge;
  private stream: RowStream | undefined;
  private running = false;
  private closed = false;

  constructor(
    private readonly settings: SessionSettings,
    role: ServerRole,
    transaction: TransactionView,
    taken: () => void,
  ) {
    const { source, options, name, resource } = settings;
    const enclose = (connection: object): object =>
      source.dialect.gate(connection, (text, send) => this.run(text, send));
    this.time = new SessionTime(options, name, resource);
    this.lease = new SessionLease(settings, this.time, enclose, role, taken);
    this.interruption = new Interruption(source.dialect);
    this.fate = new TransactionFate(source.dialect, transaction, resource);
    this.judge = new StatementJudge(settings, this.lease, this.fate, this.interruption);
  }

  get isLeased(): boolean {
    return this.lease.connection !== undefined;
  }

  get isStreaming(): boolean {
    return this.stream !== undefined;
  }

  /** Of which server its next connection is. */
  get role(): ServerRole {
    return this.lease.role;
  }

  /** @throws {SessionClosedError} @throws why its transaction is over */
  assertUsable(): void {
    if (this.closed) throw this.closedError();
    if (this.fate.overBecause) throw this.fate.overBecause;
  }

  /** The connection as TypeORM shall see it. */
  connect(): Promise<object> {
    if (this.closed) return Promise.reject(this.closedError());
    if (this.fate.overBecause) return Promise.reject(this.fate.overBecause);
    return this.lease.take();
  }

  /** From now on uses the primary, which has what the session is about to write. */
  async moveToPrimary(): Promise<void> {
    if (this.lease.role === 'master') return;
    await this.statements.enter(this.time.patience);
    this.lease.moveTo('master');
    this.statements.leave();
  }

  /** Asks the server to end the statement under way. Resolves when it has been told. */
  async cancel(): Promise<void> {
    this.stream?.fail(new Error('The statement was cancelled.'), true);
    const { connection } = this.lease;
    if (connection && this.running) await this.interruption.ask(connection);
  }

  /** The transaction is to be committed, whatever signal and deadline say. */
  decide(): void {
    this.time.decide(true);
  }

  /** Forgets what happened in a transaction that is over. */
  forget(): void {
    this.fate.forget();
    this.time.decide(false);
  }

  giveBack(): void {
    this.lease.giveBack();
  }

  /** Destroys the connection. */
  abandon(cause: unknown): void {
    this.lease.abandon(cause);
  }

  /** Ends a stream that was not read to its end. */
  async endStream(): Promise<void> {
    await this.stream?.stop();
  }

  /**
   * Refuses new statements, awaits those under way, undoes what is open and gives the connection back.
   *
   * @returns nothing if there was nothing to wait for
   */
  close(): void | Promise<void> {
    this.closed = true;
    if (this.lease.isWaiting || !this.statements.isFree || this.fate.isActive) return this.closeLater();
    this.lease.end();
  }

  /**
   * Reads the rows of a statement, which has its turn until the stream is closed.
   *
   * @param open - sends it and yields the driver's own stream
   */
  async openStream(text: string, open: () => Promise<Readable>): Promise<Readable> {
    this.assertUsable();
    await this.turn(text);
    try {
      this.beforeSending(text);
      const source = await open();
      return (this.stream = new RowStream(source, this.streamOf(text)));
    } catch (error) {
      this.statements.leave();
      throw this.judge.judge(text, error);
    }
  }

  private async closeLater(): Promise<void> {
    await Promise.all([this.lease.close(), this.endStream()]);
    await this.statements.enter();
    if (this.lease.connection && this.fate.isActive) await this.undoEverything(this.lease.connection);
    this.lease.end();
    this.statements.leave();
  }

  private async run<R>(text: string, send: () => Promise<R>): Promise<R> {
    const turn = this.turn(text);
    if (turn) await turn;
    try {
      this.beforeSending(text);
      this.running = true;
      const answer = await runWithin(this.time.limitsOf(text), send, (late) => this.judge.interrupt(text, late));
      if (this.fate.isActive && this.lease.connection) this.fate.afterAnswer(text, answer, this.lease.connection);
      return answer;
    } catch (error) {
      throw this.judge.judge(text, error);
    } finally {
      this.running = false;
      if (this.interruption.isPending) await this.judge.fence(text);
      this.statements.leave();
    }
  }

  /** Whoever waited for a stream that only he can read to its end would wait for ever. */
  private turn(text: string): void | Promise<void> {
    const { stream } = this;
    if (stream && !stream.readableEnded && !stream.destroyed) throw new StreamOpenError(this.settings.resource);
    return this.statements.enter(isRollback(text) ? {} : this.time.patience);
  }

  private beforeSending(text: string): void {
    if (this.closed) throw this.closedError();
    if (isRollback(text)) return;
    if (this.fate.overBecause) throw this.fate.overBecause;
    this.judge.assertAlive(text);
    // Nobody wants it any more, and the server has not been told to keep it.
    if (isCommit(text)) this.time.assertWanted();
    if (this.fate.isActive && this.lease.connection) this.fate.beforeSending(text, this.lease.connection);
  }

  private streamOf(text: string): StatementStream {
    const { settings, lease, time, fate, judge } = this;
    const ended = (): void => {
      this.stream = undefined;
      this.statements.leave();
    };
    return new StatementStream(text, { settings, lease, time, fate, judge, ended });
  }

  /** Past TypeORM and the gate, which are closed by now. */
  private async undoEverything(connection: object): Promise<void> {
    const { dialect } = this.settings.source;
    const undone = await inTime('A last rollback', () => dialect.rollBack(connection), ROLLBACK_TIMEOUT);
    if (!undone) this.abandon(`The last rollback of ${this.settings.name} failed.`);
  }

  private closedError(): SessionClosedError {
    return new SessionClosedError(this.settings.name, this.settings.resource);
  }
}
