import { systemClock, type Lease } from '@nestjs-resources/core';
import type { ServerRole } from './connection-source.js';
import { SessionClosedError } from './session.errors.js';
import type { SessionSettings } from './session-settings.js';
import type { SessionTime } from './statement-limits.js';

/**
 * The connection of a session as a possession: taken from the pool when it is first needed, given back or destroyed.
 *
 * Invariant: whoever asks while it is being waited for waits for the same one, so that all go on in their order.
 */
export class SessionLease {
  private lease: Lease<object> | undefined;
  /** What TypeORM is given, as long as the lease lasts. */
  private gate: Promise<object> | undefined;
  /** Ends the wait for a connection. */
  private giveUp: ((reason: Error) => void) | undefined;
  private closed = false;

  /** @param enclose - makes of a connection what TypeORM is given */
  constructor(
    private readonly settings: SessionSettings,
    private readonly time: SessionTime,
    private readonly enclose: (connection: object) => object,
    /** Of which server the next connection is taken. */
    private server: ServerRole,
    /** Called whenever one is taken, to see whether its caller holds one already. */
    private readonly taken: () => void,
  ) {}

  get role(): ServerRole {
    return this.server;
  }

  get connection(): object | undefined {
    return this.lease?.resource;
  }

  get isWaiting(): boolean {
    return this.giveUp !== undefined;
  }

  /** The connection as TypeORM shall see it. */
  take(): Promise<object> {
    return (this.gate ??= this.lend());
  }

  /** Takes the next connection of another server. */
  moveTo(role: ServerRole): void {
    if (role !== this.server) this.giveBack();
    this.server = role;
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

  /** Gives back all it has. */
  end(): void {
    this.giveBack();
    this.settings.limit?.give(this);
  }

  /** Takes none any more, and stops waiting for one. */
  async close(): Promise<void> {
    this.closed = true;
    this.giveUp?.(this.closedError());
    await this.gate?.catch(() => undefined);
  }

  private lend(): Promise<object> {
    const { source, options, limit } = this.settings;
    this.taken();
    if (limit && !limit.tryTake(this)) return this.lendLater();
    const idle = source.tryAcquire(this.server, options.label);
    return idle ? Promise.resolve(this.hold(idle)) : this.lendLater();
  }

  private async lendLater(): Promise<object> {
    const { limit, options } = this.settings;
    const plainly = !limit && !options.signal && this.time.left === Infinity;
    try {
      const lease = await (plainly ? this.waitPlainly() : this.waitInTime());
      if (!this.closed) return this.hold(lease);
      lease.release();
      throw this.closedError();
    } catch (error) {
      this.gate = undefined;
      throw error;
    } finally {
      this.giveUp = undefined;
    }
  }

  /** Without a signal, which costs more than a statement. What comes for whoever has given up goes back at once. */
  private waitPlainly(): Promise<Lease<object>> {
    const { acquireTimeout: timeout, label } = this.settings.options;
    const coming = this.settings.source.acquire(this.server, { timeout, label });
    return new Promise((resolve, reject) => {
      this.giveUp = (reason) => {
        reject(reason);
        coming.then(
          (lease) => lease.release(),
          () => 'There is nobody left to be told.',
        );
      };
      coming.then(resolve, reject);
    });
  }

  private async waitInTime(): Promise<Lease<object>> {
    const { source, limit } = this.settings;
    const { signal, acquireTimeout, label } = this.settings.options;
    const waiting = new AbortController();
    this.giveUp = (reason) => waiting.abort(reason);
    const either = signal ? AbortSignal.any([signal, waiting.signal]) : waiting.signal;
    const stopTimer = systemClock.schedule(this.time.left, () => waiting.abort(this.time.overdue()));
    try {
      if (limit) await limit.take(this, { signal: either, timeout: acquireTimeout });
      return await source.acquire(this.server, { signal: either, timeout: acquireTimeout, label });
    } finally {
      stopTimer();
    }
  }

  private hold(lease: Lease<object>): object {
    this.lease = lease;
    return this.enclose(lease.resource);
  }

  private closedError(): SessionClosedError {
    return new SessionClosedError(this.settings.name, this.settings.resource);
  }
}
