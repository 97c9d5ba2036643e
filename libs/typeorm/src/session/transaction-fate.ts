import type { Dialect } from './connection-source.js';
import {
  ConnectionLostError,
  type LostTransaction,
  TransactionAbortedError,
  TransactionEndedError,
} from './session.errors.js';
import { isCommit } from './statement-limits.js';

/** What TypeORM believes of the transaction. */
export interface TransactionView {
  /** Whether there is one. */
  isActive(): boolean;
  /** Whether it is being committed or rolled back, by TypeORM's own methods. */
  isEnding(): boolean;
}

/**
 * What has become of the transaction of a session, as far as the answers of the server tell.
 *
 * Invariant: once it is over before its end, no statement is sent and no commit succeeds until it is forgotten.
 */
export class TransactionFate {
  private firstFailure: unknown;
  /** Whether the server has said that it is in it. TypeORM believes so a little earlier. */
  private begun = false;
  private over: ConnectionLostError | TransactionAbortedError | TransactionEndedError | undefined;

  constructor(
    private readonly dialect: Dialect,
    private readonly view: TransactionView,
    private readonly resource: string | undefined,
  ) {}

  /** Why it is over before its end. */
  get overBecause(): Error | undefined {
    return this.over;
  }

  get isActive(): boolean {
    return this.view.isActive();
  }

  /** For a transaction that has ended as it should. */
  forget(): void {
    this.firstFailure = undefined;
    if (this.isActive) return;
    this.over = undefined;
    this.begun = false;
  }

  /** Looks at a connection before a statement is sent. @throws {TransactionEndedError} */
  beforeSending(text: string, connection: object): void {
    const over = this.begun && isCommit(text) && this.dialect.isInTransaction?.(connection) === false;
    if (over && this.isActive) throw this.ended(text);
  }

  /** Looks at the answer of a statement. @throws {TransactionAbortedError} @throws {TransactionEndedError} */
  afterAnswer(text: string, answer: unknown, connection: object): void {
    if (this.dialect.isRefusedCommit(text, answer)) throw this.aborted();
    const inside = this.dialect.isInTransaction?.(connection);
    const endedByHand = this.begun && inside === false && !this.view.isEnding();
    if (inside !== undefined) this.begun = inside;
    if (endedByHand) throw this.ended(text);
  }

  /** What an error of the server means, and what to tell instead. */
  afterFailure(text: string, error: unknown): unknown {
    if (this.dialect.isRefusedCommit(text, error)) return this.aborted();
    if (!this.isActive) return error;
    this.firstFailure ??= error;
    // Statements that follow would be outside of any transaction, each kept for itself.
    if (this.dialect.undoesTransaction(error)) this.over = this.aborted();
    return error;
  }

  /** @param sent - whether the server may have got the statement */
  lost(text: string, cause: unknown, sent: boolean): ConnectionLostError {
    const error = new ConnectionLostError(this.lostTransaction(text, sent), cause, this.resource);
    if (this.isActive) this.over = error;
    return error;
  }

  private lostTransaction(text: string, sent: boolean): LostTransaction {
    if (!this.isActive) return 'none';
    return isCommit(text) && sent ? 'unknown' : 'rolled back';
  }

  private aborted(): TransactionAbortedError {
    return new TransactionAbortedError(this.firstFailure, this.resource);
  }

  private ended(text: string): TransactionEndedError {
    return (this.over = new TransactionEndedError(/^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? '', this.resource));
  }
}
