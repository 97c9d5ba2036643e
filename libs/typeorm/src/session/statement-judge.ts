import { ResourceError } from '@nestjs-resources/core';
import type { Interruption } from './interruption.js';
import type { ConnectionLostError } from './session.errors.js';
import type { SessionLease } from './session-lease.js';
import type { SessionSettings } from './session-settings.js';
import type { TransactionFate } from './transaction-fate.js';

/** Says what a failure means for the connection and for the transaction, and draws the consequences. */
export class StatementJudge {
  constructor(
    private readonly settings: SessionSettings,
    private readonly lease: SessionLease,
    private readonly fate: TransactionFate,
    private readonly interruption: Interruption,
  ) {}

  /**
   * What an error of a statement means, and what to tell instead.
   *
   * @param sent - whether the server may have got the statement
   */
  judge(text: string, error: unknown, sent = true): unknown {
    const { connection } = this.lease;
    const { dialect } = this.settings.source;
    if (!connection || error instanceof ResourceError) return error;
    const lostBecause = dialect.lostBecause(connection);
    if (dialect.errors.isConnectionError(error)) {
      // What the server said at its end says more than that the socket has ended.
      return this.lose(text, saidByServer(error) ? error : (lostBecause ?? error), sent);
    }
    return lostBecause === undefined ? this.fate.afterFailure(text, error) : this.lose(text, lostBecause, sent);
  }

  /** A connection that broke while nothing was under way has not got what is about to be sent. */
  assertAlive(text: string): void {
    const { connection } = this.lease;
    const cause = connection && this.settings.source.dialect.lostBecause(connection);
    if (cause !== undefined) throw this.lose(text, cause, false);
  }

  /**
   * Ends a statement that exceeded its limits, and a connection whose server does not obey.
   *
   * @returns what to tell rather than that its time is over
   */
  async interrupt(text: string, answer: Promise<unknown>): Promise<unknown> {
    const { connection } = this.lease;
    if (connection && (await this.interruption.end(connection, answer))) return undefined;
    const error = this.lose(text, new Error('The server did not obey a cancellation in time.'), true);
    return error.transaction === 'unknown' ? error : undefined;
  }

  /** Makes sure that no cancellation is on its way. A connection of which that is not certain is given up. */
  async fence(text: string): Promise<void> {
    const { connection } = this.lease;
    if (!connection) return this.interruption.forget();
    if (await this.interruption.fence(connection)) return;
    if (this.lease.connection === connection)
      this.lose(text, new Error('The connection was in doubt after a cancellation.'), false);
  }

  /** Destroys the connection. */
  lose(text: string, cause: unknown, sent: boolean): ConnectionLostError {
    const { connection, role } = this.lease;
    const { source } = this.settings;
    const error = this.fate.lost(text, cause, sent);
    if (connection && source.dialect.lostBecause(connection) === undefined) source.suspect(role, error);
    this.interruption.forget();
    this.lease.abandon(cause);
    return error;
  }
}

function saidByServer(error: unknown): boolean {
  const { severity, sqlState } = (error ?? {}) as { severity?: unknown; sqlState?: unknown };
  return severity !== undefined || sqlState !== undefined;
}
