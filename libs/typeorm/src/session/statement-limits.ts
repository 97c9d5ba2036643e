import { attempt, type Cancel, CallTimeoutError, systemClock } from '@nestjs-resources/core';
import type { Patience } from './one-at-a-time.js';
import type { SessionOptions } from './session.options.js';

/** Within what a statement has to end. */
export interface StatementLimits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Makes the error for when the time is over. */
  readonly overdue: () => Error;
  /** Whether the answer counts, however late: of a commit somebody has to learn what became of it. */
  readonly decisive?: boolean;
}

/** Milliseconds. A server that does not answer a rollback is left to notice the closed connection. */
export const ROLLBACK_TIMEOUT = 5_000;

const NO_LIMIT: Patience = {};
const UNLIMITED: StatementLimits = { timeout: Infinity, overdue: () => new Error('What has no end is never overdue.') };

/** How much time a session and its statements have. The deadline counts from the moment the session is opened. */
export class SessionTime {
  private readonly deadline: number;
  private readonly limited: boolean;
  private decided = false;

  constructor(
    private readonly options: SessionOptions,
    /** Names the session in errors. */
    private readonly name: string,
    private readonly resource: string | undefined,
  ) {
    const { deadline = Infinity, statementTimeout = Infinity, signal } = options;
    this.limited = signal !== undefined || Math.min(deadline, statementTimeout) < Infinity;
    this.deadline = deadline === Infinity ? Infinity : systemClock.now() + deadline;
  }

  /** Milliseconds that are left; 0 when the time is over. */
  get left(): number {
    return this.deadline === Infinity ? Infinity : Math.max(0, this.deadline - systemClock.now());
  }

  /** Whether somebody relies on the commit already, so that it is not up to signal and deadline any more. */
  decide(decided: boolean): void {
    this.decided = decided;
  }

  /** @throws the reason of the signal, if nobody wants what is about to be committed */
  assertWanted(): void {
    if (!this.decided) this.options.signal?.throwIfAborted();
  }

  /** How long one may wait for one's turn. */
  get patience(): Patience {
    if (!this.limited) return NO_LIMIT;
    return { timeout: this.left, signal: this.options.signal, overdue: () => this.overdue() };
  }

  /** Calls back when the session's time is over or its signal aborted. @returns how to stop it */
  onEnd(listener: (reason: unknown) => void): Cancel {
    const { signal } = this.options;
    const aborted = (): void => listener(signal?.reason);
    signal?.addEventListener('abort', aborted, { once: true });
    const { left } = this;
    const stopTimer = left < Infinity ? systemClock.schedule(left, () => listener(this.overdue())) : undefined;
    return () => {
      stopTimer?.();
      signal?.removeEventListener('abort', aborted);
    };
  }

  /** Calls back when the time of a statement that begins now is over. @returns how to stop it; nothing without limit */
  onStatementOverdue(listener: (reason: unknown) => void): Cancel | undefined {
    const { statementTimeout = Infinity } = this.options;
    if (statementTimeout === Infinity) return undefined;
    const { timeout, overdue } = this.limit('A statement', statementTimeout);
    return systemClock.schedule(timeout, () => listener(overdue()));
  }

  /** Whoever gives up may still undo. Whoever has begun to commit must learn what became of it. */
  limitsOf(text: string): StatementLimits {
    if (!this.limited) return UNLIMITED;
    if (this.decided && isCommit(text)) return { ...this.limit('A commit', ROLLBACK_TIMEOUT), decisive: true };
    if (isRollback(text)) return this.limit('A rollback', ROLLBACK_TIMEOUT);
    const { statementTimeout = Infinity, signal } = this.options;
    const { left } = this;
    const limits =
      left <= statementTimeout
        ? { timeout: left, overdue: () => this.overdue() }
        : this.limit('A statement', statementTimeout);
    return isCommit(text) ? { ...limits, decisive: true } : { ...limits, signal };
  }

  /** For whoever still does something when the session's time is over. */
  overdue(): CallTimeoutError {
    return new CallTimeoutError(this.name, this.options.deadline ?? 0, this.resource);
  }

  private limit(what: string, timeout: number): StatementLimits {
    return { timeout, overdue: () => new CallTimeoutError(`${what} of ${this.name}`, timeout, this.resource) };
  }
}

/**
 * Runs a statement within its limits. One that exceeds them is given to `interrupt`, which ends it and may know something
 * better to tell; only then the error is thrown, so that nobody uses the connection before the server has let go of it.
 */
export function runWithin<R>(
  limits: StatementLimits,
  send: () => Promise<R>,
  interrupt: (answer: Promise<R>) => Promise<unknown>,
): Promise<R> {
  return limits.timeout === Infinity && !limits.signal ? send() : runLimited(limits, send, interrupt);
}

async function runLimited<R>(
  limits: StatementLimits,
  send: () => Promise<R>,
  interrupt: (answer: Promise<R>) => Promise<unknown>,
): Promise<R> {
  const { timeout, signal, overdue } = limits;
  if (timeout <= 0) throw overdue();
  let answer: Promise<R> | undefined;
  const context = { clock: systemClock, what: 'A statement', timeout, signal, hold: true };
  const outcome = await attempt(() => (answer = send()), context);
  if (outcome.ok) return outcome.value;
  if (outcome.because === 'failed' || !answer) throw outcome.error;
  const instead = await interrupt(answer);
  if (instead !== undefined) throw instead;
  const late = limits.decisive ? await settled(answer) : undefined;
  if (late) return late.value;
  throw outcome.because === 'timed out' ? overdue() : outcome.error;
}

function settled<R>(answer: Promise<R>): Promise<{ readonly value: R } | undefined> {
  return answer.then(
    (value) => ({ value }),
    () => undefined,
  );
}

export function isCommit(text: string): boolean {
  return /^\s*(?:commit|end)\b/i.test(text);
}

/** Of a transaction or of a savepoint. */
export function isRollback(text: string): boolean {
  return /^\s*rollback\b/i.test(text);
}
