import { ResourceError } from '@nestjs-resources/core';
import type { Session } from '../session/session.js';
import { ConnectionLostError } from '../session/session.errors.js';
import type { SessionWork, TransactionOptions } from '../session/session.options.js';
import { takeSeveral } from './several-connections.js';

/** One session and what is to be done in it. */
export type AtomicPart<R> = readonly [session: Session, work: SessionWork<R>];

/**
 * Some parts of an atomic operation are committed, others are not, because a commit failed after another had succeeded.
 * Nothing can undo that any more; somebody has to decide. Parts are named by their place. Code `PARTIAL_COMMIT`.
 */
export class PartialCommitError extends ResourceError {
  constructor(
    readonly committed: readonly number[],
    readonly rolledBack: readonly number[],
    /** Their connection was lost while they committed. */
    readonly unknown: readonly number[],
    cause: unknown,
  ) {
    super(
      `A commit failed after others had succeeded: part ${list(committed)} is committed, part ${list(rolledBack)} is ` +
        `rolled back, of part ${list(unknown)} nobody knows. Put the part that is most likely to fail first.`,
      { code: 'PARTIAL_COMMIT', cause },
    );
  }
}

/** A transaction that is held open when its work is done, until it is told how to end. */
class Part<R> {
  readonly begun: Promise<void>;
  readonly worked: Promise<R>;
  private readonly ended: Promise<R>;
  private start: () => void = () => undefined;
  private finish: (error?: { readonly reason: unknown }) => void = () => undefined;

  private readonly session: Session;

  constructor([session, work]: AtomicPart<R>, options: TransactionOptions) {
    this.session = session;
    const mayStart = new Promise<void>((resolve) => (this.start = resolve));
    const mayFinish = new Promise<{ readonly reason: unknown } | undefined>((resolve) => (this.finish = resolve));
    let begun: () => void = () => undefined;
    let worked: (result: Promise<R>) => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    this.worked = new Promise<R>((resolve) => (worked = resolve));
    this.ended = session.transaction(options, async (manager, same) => {
      begun();
      await mayStart;
      const result = (async () => work(manager, same))();
      worked(result);
      const value = await result;
      const failure = await mayFinish;
      if (failure) throw failure.reason;
      return value;
    });
    this.begun = Promise.race([hasBegun, this.ended.then(() => undefined)]);
    for (const promise of [this.begun, this.worked, this.ended]) promise.catch(() => undefined);
  }

  run(): Promise<R> {
    this.start();
    return this.worked;
  }

  commit(): Promise<R> {
    this.finish();
    return this.ended;
  }

  /** Others rely on it now: no signal and no deadline shall end it any more. */
  decide(): void {
    this.session.decide();
  }

  async rollBack(reason: unknown): Promise<void> {
    this.start();
    this.finish({ reason });
    await this.ended.catch(() => undefined);
  }
}

/**
 * Does the work of all parts, one after another, then commits them, one after another. Whatever fails before the first
 * commit undoes all. What fails after it is told as it is.
 *
 * @throws what a part throws
 * @throws {PartialCommitError}
 * @throws {NotEnoughConnectionsError}
 * @throws TypeError if a session has two parts
 */
export async function runAtomic<R>(
  parts: readonly AtomicPart<R>[],
  options: TransactionOptions,
  signal: AbortSignal | undefined,
): Promise<R[]> {
  const open: Part<R>[] = [];
  if (new Set(parts.map(([session]) => session)).size < parts.length)
    throw new TypeError(
      'Each part of an atomic operation needs a session of its own; put what belongs to one into one part.',
    );
  try {
    const sources = parts.map(([session]) => session.source);
    await takeSeveral(sources, signal, async () => {
      for (const part of parts) {
        const begun = new Part(part, options);
        open.push(begun);
        await begun.begun;
      }
    });
    for (const part of open) await part.run();
  } catch (error) {
    await Promise.all(open.map((part) => part.rollBack(error)));
    throw error;
  }
  return commitAll(open);
}

async function commitAll<R>(parts: readonly Part<R>[]): Promise<R[]> {
  const results: R[] = [];
  for (const [index, part] of parts.entries()) {
    try {
      results.push(await part.commit());
      for (const later of parts.slice(index + 1)) later.decide();
    } catch (error) {
      await Promise.all(parts.slice(index + 1).map((later) => later.rollBack(error)));
      const unknown = error instanceof ConnectionLostError && error.transaction === 'unknown';
      if (index === 0 && !unknown) throw error;
      const places = [...parts.keys()];
      const undone = places.slice(unknown ? index + 1 : index);
      throw new PartialCommitError(places.slice(0, index), undone, unknown ? [index] : [], error);
    }
  }
  return results;
}

function list(places: readonly number[]): string {
  return places.length === 0 ? '–' : places.map((place) => place + 1).join(', ');
}
