import { ResourceError, Semaphore, systemClock, WaitingLine } from '@nestjs-resources/core';

/** As many sessions as allowed used the database, and none ended in time. Code `SESSION_LIMIT`. */
export class SessionLimitError extends ResourceError {
  constructor(
    readonly limit: number,
    /** Milliseconds. */
    readonly timeout: number,
    resource?: string,
  ) {
    super(
      `${limit} sessions use the database, as many as may at once, and none ended within ${timeout} ms. ` +
        'Close sessions sooner, let one session do what several do now, or raise `sessions.limit`.',
      { code: 'SESSION_LIMIT', resource },
    );
  }
}

/** Milliseconds, as long as a pool lets one wait. */
const PATIENCE = 30_000;

/**
 * How many sessions may use the database at once. A session counts from its first statement until it is closed, also while
 * it holds no connection; one that was only opened does not.
 *
 * Invariant: a session has at most one permit, and gives it back once.
 */
export class SessionLimit {
  private readonly permits: Semaphore;
  private readonly line: WaitingLine<void>;
  private readonly holders = new WeakSet<object>();

  constructor(
    limit: number,
    private readonly resource: string | undefined,
  ) {
    this.permits = new Semaphore(limit);
    this.line = new WaitingLine(
      systemClock,
      ({ timeout }) => new SessionLimitError(this.permits.limit, timeout, this.resource),
    );
    this.permits.onRoom(() => this.pump());
  }

  /** How many wait to begin. */
  get waiting(): number {
    return this.line.length;
  }

  /** @returns whether the session may go on */
  tryTake(session: object): boolean {
    if (this.holders.has(session)) return true;
    if (!this.permits.tryTake()) return false;
    this.holders.add(session);
    return true;
  }

  /** Waits until the session may go on. @throws {SessionLimitError} */
  async take(session: object, wait: { signal: AbortSignal; timeout?: number | undefined }): Promise<void> {
    if (this.tryTake(session)) return;
    await this.line.join({ signal: wait.signal, timeout: wait.timeout ?? PATIENCE });
    this.holders.add(session);
  }

  /** For a session that ends, whether it has a permit or not. */
  give(session: object): void {
    if (this.holders.delete(session)) this.permits.give();
  }

  /** A permit that comes free goes to who waits in the same step, so that nobody is overtaken. */
  private pump(): void {
    while (this.line.length > 0 && this.permits.tryTake()) {
      if (this.line.grant()) continue;
      this.permits.give();
      return;
    }
  }
}
