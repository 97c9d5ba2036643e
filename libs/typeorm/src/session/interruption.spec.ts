import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@nestjs-resources/core';
import { postgresDialect } from '../driver/postgres.dialect.js';
import { Interruption } from './interruption.js';

const connection = {};

/** Tells what it was asked for. */
const listening = (answer: { cancel?: Error; fence?: Error } = {}) => {
  const clock = new ManualClock();
  const asked: string[] = [];
  const told = (what: 'cancel' | 'fence') => async (): Promise<void> => {
    asked.push(what);
    await Promise.resolve();
    if (answer[what]) throw answer[what];
  };
  const dialect = { ...postgresDialect, cancel: told('cancel'), fence: told('fence') };
  return { interruption: new Interruption(dialect, clock), asked, clock };
};

describe('the interruption of a statement', () => {
  it('is asked for once, however many want it', async () => {
    const { interruption, asked } = listening();
    await Promise.all([interruption.ask(connection), interruption.end(connection, Promise.resolve())]);
    expect(asked).toEqual(['cancel']);
  });

  it('is asked for again, ever less often, as long as the statement goes on: it may have come before it', async () => {
    const { interruption, asked, clock } = listening();
    await interruption.ask(connection);
    await clock.advance(49);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    await clock.advance(99);
    expect(asked).toHaveLength(2);
    await clock.advance(60_000);
    expect(asked).toHaveLength(6);
    expect(clock.pending).toBe(0);
  });

  it.each(['fence', 'forget'] as const)('is not asked for again after %s', async (end) => {
    const { interruption, asked, clock } = listening();
    await interruption.ask(connection);
    await interruption[end](connection);
    await clock.advance(60_000);
    expect(asked.filter((what) => what === 'cancel')).toHaveLength(1);
  });

  it('ends with a fence, after which nothing is on its way', async () => {
    const { interruption, asked } = listening();
    await interruption.ask(connection);
    expect(interruption.isPending).toBe(true);
    expect(await interruption.fence(connection)).toBe(true);
    expect(asked).toEqual(['cancel', 'fence']);
    expect(interruption.isPending).toBe(false);
  });

  it('leaves a doubt if the server could not be asked, or did not answer at the fence', async () => {
    const unheard = listening({ cancel: new Error('no') });
    expect(await unheard.interruption.ask(connection)).toBe(false);
    expect(await unheard.interruption.fence(connection)).toBe(false);
    const unfenced = listening({ fence: new Error('no') });
    await unfenced.interruption.ask(connection);
    expect(await unfenced.interruption.fence(connection)).toBe(false);
  });

  it('has ended a statement when that has failed, too', async () => {
    const { interruption } = listening();
    expect(await interruption.end(connection, Promise.reject(new Error('cancelled')))).toBe(true);
  });
});
