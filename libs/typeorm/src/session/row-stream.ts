import { Readable } from 'node:stream';
import type { Cancel } from '@nestjs-resources/core';

/** What a stream of rows asks of the connection it stands on. */
export interface RowStreamHost {
  /** Makes of an error of the driver what the reader is told. */
  judge(error: unknown): unknown;
  /** Calls back when the connection breaks. @returns how to stop listening */
  onLost(listener: () => void): Cancel;
  /** Limits the stream as a whole: calls back when its time is over or its signal aborted. */
  onLimit(listener: (reason: unknown) => void): Cancel;
  /** Limits one wait for rows. */
  onOverdue(listener: (reason: unknown) => void): Cancel | undefined;
  /** Makes the connection free for the next statement. Never fails. */
  end(source: Readable, insist: boolean): Promise<void>;
}

/**
 * Rows as they come. The driver's own stream does not end when its connection breaks, ends before the server has let go of
 * its statement, and knows no limits; this one stands in front of it.
 *
 * Invariant: it is closed when the connection is free, and in no other moment.
 */
export class RowStream extends Readable {
  private readonly stops: Cancel[];
  private stopWait: Cancel | undefined;
  private insist = false;

  constructor(
    private readonly source: Readable,
    private readonly host: RowStreamHost,
  ) {
    super({ objectMode: true });
    source.on('data', (row: unknown) => this.receive(row)).pause();
    source.once('end', () => this.push(null));
    source.on('error', (error) => this.fail(host.judge(error)));
    const limited = (reason: unknown): void => this.fail(reason, true);
    this.stops = [
      host.onLost(() => this.fail(host.judge(source.errored ?? new Error('Connection lost.')))),
      host.onLimit(limited),
    ];
  }

  /** Ends it, without waiting for a server that is still busy with it. */
  async stop(): Promise<void> {
    this.insist = true;
    if (this.closed) return;
    const closed = new Promise<void>((resolve) => this.once('close', resolve));
    this.destroy();
    await closed;
  }

  /** Ends it with an error. */
  fail(reason: unknown, insist = false): void {
    this.insist ||= insist;
    this.destroy(reason as Error);
  }

  override _read(): void {
    this.stopWait ??= this.host.onOverdue((reason) => this.fail(reason, true));
    this.source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.endWait();
    for (const stop of this.stops) stop();
    void this.finish(error, callback);
  }

  private async finish(error: Error | null, callback: (error?: Error | null) => void): Promise<void> {
    await this.host.end(this.source, this.insist);
    callback(error);
  }

  private receive(row: unknown): void {
    this.endWait();
    if (!this.push(row)) this.source.pause();
  }

  private endWait(): void {
    this.stopWait?.();
    this.stopWait = undefined;
  }
}
