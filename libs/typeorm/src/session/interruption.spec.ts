import { describe, expect, it } from '@jest/globals';
import { postgresDialect } from '../driver/postgres.dialect.js';
import { Interruption } from './interruption.js';

const connection = {};

/** Tells what it was asked for. */
const listening = (answer: { cancel?: Error; fence?: Error } = {}): { interruption: Interruption; asked: string[] } => {
  const asked: string[] = [];
  const told = (what: 'cancel' | 'fence') => async (): Promise<void> => {
    asked.push(what);
    await Promise.resolve();
    if (answer[what]) throw answer[what];
  };
  const dialect = { ...postgresDialect, cancel: told('cancel'), fence: told('fence') };
  return { interruption: new Interruption(dialect), asked };
};

describe('the interruption of a statement', () => {
  it('is asked for once, however many want it', async () => {
    const { interruption, asked } = listening();
    await Promise.all([interruption.ask(connection), interruption.end(connection, Promise.resolve())]);
    expect(asked).toEqual(['cancel']);
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
