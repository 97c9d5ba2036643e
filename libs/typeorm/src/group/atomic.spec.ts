import { describe, expect, it } from '@jest/globals';
import { ConnectionLostError } from '../session/session.errors.js';
import type { Session } from '../session/session.js';
import { type AtomicPart, PartialCommitError, runAtomic } from './atomic.js';

type Commit = 'succeeds' | 'fails' | 'is lost before it is sent' | 'is lost';

const COMMITS: Readonly<Record<Commit, () => void>> = {
  succeeds: () => undefined,
  fails: () => {
    throw new Error('deferred constraint');
  },
  'is lost before it is sent': () => {
    throw new ConnectionLostError('rolled back', new Error('reset'));
  },
  'is lost': () => {
    throw new ConnectionLostError('unknown', new Error('reset'));
  },
};

/** Parts whose commits end so, and what becomes of them. */
function partsOf(...commits: Commit[]): { parts: AtomicPart<number>[]; log: string[] } {
  const log: string[] = [];
  const parts = commits.map((commit, index): AtomicPart<number> => {
    const session = {
      source: {},
      decide: () => log.push(`${index} decided`),
      transaction: async (_options: object, work: (...parameters: unknown[]) => Promise<number>) => {
        try {
          const result = await work(undefined, session);
          COMMITS[commit]();
          log.push(`${index} committed`);
          return result;
        } catch (error) {
          log.push(`${index} failed`);
          throw error;
        }
      },
    };
    return [session as unknown as Session, () => index];
  });
  return { parts, log };
}

const failureOf = async (...commits: Commit[]): Promise<{ error: unknown; log: string[] }> => {
  const { parts, log } = partsOf(...commits);
  const error = await runAtomic(parts, {}, undefined).catch((reason: unknown) => reason);
  return { error, log };
};

describe('an atomic operation', () => {
  it('commits its parts in order; once one is committed, nothing shall end the others', async () => {
    const { parts, log } = partsOf('succeeds', 'succeeds');
    expect(await runAtomic(parts, {}, undefined)).toEqual([0, 1]);
    expect(log).toEqual(['0 committed', '1 decided', '1 committed']);
  });

  it.each<Commit>(['fails', 'is lost before it is sent'])('keeps nothing if its first commit %s', async (commit) => {
    const { error, log } = await failureOf(commit, 'succeeds');
    expect(error).not.toBeInstanceOf(PartialCommitError);
    expect(log).toEqual(['0 failed', '1 failed']);
  });

  it.each<[Commit[], object]>([
    [['succeeds', 'fails', 'succeeds'], { committed: [0], rolledBack: [1, 2], unknown: [] }],
    [['succeeds', 'is lost before it is sent'], { committed: [0], rolledBack: [1], unknown: [] }],
    [['succeeds', 'is lost', 'succeeds'], { committed: [0], rolledBack: [2], unknown: [1] }],
    [['is lost', 'succeeds'], { committed: [], rolledBack: [1], unknown: [0] }],
  ])('tells what became of each part when its commit %j', async (commits, told) => {
    const { error } = await failureOf(...commits);
    expect(error).toBeInstanceOf(PartialCommitError);
    expect(error).toMatchObject({ code: 'PARTIAL_COMMIT', ...told });
  });
});
