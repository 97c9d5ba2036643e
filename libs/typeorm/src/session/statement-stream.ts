import type { Readable } from 'node:stream';
import type { Cancel } from '@nestjs-resources/core';
import { CANCEL_TIMEOUT, inTime } from './interruption.js';
import type { RowStreamHost } from './row-stream.js';
import type { SessionLease } from './session-lease.js';
import type { SessionSettings } from './session-settings.js';
import type { StatementJudge } from './statement-judge.js';
import type { SessionTime } from './statement-limits.js';
import type { TransactionFate } from './transaction-fate.js';

/** Milliseconds that a stream which is left early has to close by itself, before its statement is cancelled. */
const GRACE = 100;

/** What a stream is made of, beside its rows. */
export interface StreamParts {
  readonly settings: SessionSettings;
  readonly lease: SessionLease;
  readonly time: SessionTime;
  readonly fate: TransactionFate;
  readonly judge: StatementJudge;
  /** Told when the connection is free again. */
  readonly ended: () => void;
}

/** The statement behind a stream of rows, and how it ends on the server. */
export class StatementStream implements RowStreamHost {
  private readonly connection: object | undefined;

  constructor(
    private readonly text: string,
    private readonly parts: StreamParts,
  ) {
    this.connection = parts.lease.connection;
  }

  judge(error: unknown): unknown {
    return this.parts.judge.judge(this.text, error);
  }

  onLost(listener: () => void): Cancel {
    const { connection } = this;
    const stop = connection && this.parts.settings.source.dialect.onLost?.(connection, listener);
    return stop ?? ((): void => undefined);
  }

  onLimit(listener: (reason: unknown) => void): Cancel {
    return this.parts.time.onEnd(listener);
  }

  onOverdue(listener: (reason: unknown) => void): Cancel | undefined {
    return this.parts.time.onStatementOverdue(listener);
  }

  async end(source: Readable, insist: boolean): Promise<void> {
    if (!(await this.closes(source, insist))) await this.cancel(source);
    this.parts.ended();
  }

  /** Whether it closes by itself. A transaction is worth some patience: PostgreSQL would undo it with its statement. */
  private async closes(source: Readable, insist: boolean): Promise<boolean> {
    const complete = source.readableEnded;
    const closed = closing(source);
    if (this.parts.lease.connection !== this.connection) return true;
    if (!complete && (insist || this.parts.settings.source.dialect.streamsGoOn)) return false;
    return inTime('Closing a stream', () => closed, this.parts.fate.isActive ? CANCEL_TIMEOUT : GRACE);
  }

  private async cancel(source: Readable): Promise<void> {
    const { judge } = this.parts;
    await judge.interrupt(this.text, this.statementOf(source));
    await judge.fence(this.text);
  }

  /** @returns when the statement has ended. Where it outlives its stream, the next one is the first to know. */
  private async statementOf(source: Readable): Promise<void> {
    const { connection } = this;
    const { dialect } = this.parts.settings.source;
    await closing(source);
    if (connection && dialect.streamsGoOn) await dialect.fence(connection);
  }
}

/** Destroys a stream. @returns when it is closed */
function closing(source: Readable): Promise<void> {
  if (source.closed) return Promise.resolve();
  const closed = new Promise<void>((resolve) => source.once('close', resolve));
  source.destroy();
  return closed;
}
