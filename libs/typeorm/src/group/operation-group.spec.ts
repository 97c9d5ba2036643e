import { describe, expect, it } from '@jest/globals';
import type { SessionFactory } from '../session/session-factory.js';
import type { Session } from '../session/session.js';
import { OperationGroup } from './operation-group.js';

const sessions = {
  open: () => ({ close: () => Promise.resolve() }) as unknown as Session,
} as unknown as SessionFactory;

/** Runs one operation for each session. @returns how many ran at once at most */
async function mostAtOnce(group: OperationGroup, each: readonly Session[]): Promise<number> {
  let running = 0;
  let most = 0;
  const operation = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  await Promise.all(each.map((session) => group.runOperation(session, operation)));
  return most;
}

describe('operations of a group', () => {
  it('run as many at once as the limit allows', async () => {
    await using group = new OperationGroup(sessions, { concurrency: 2 });
    expect(
      await mostAtOnce(
        group,
        [1, 2, 3, 4].map(() => group.createSession()),
      ),
    ).toBe(2);
  });

  it('run one after another in one session', async () => {
    await using group = new OperationGroup(sessions);
    const session = group.createSession();
    expect(await mostAtOnce(group, [session, session, session])).toBe(1);
  });
});
