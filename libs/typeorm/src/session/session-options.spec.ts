import { describe, expect, it, jest } from '@jest/globals';
import type { Lease } from '@nestjs-resources/core';
import { DataSource } from 'typeorm';
import type { AcquireContext } from '../driver/acquire-context.js';
import { postgresDialect } from '../driver/postgres.dialect.js';
import type { ConnectionSource, Dialect, ServerRole } from './connection-source.js';
import type { SessionEvent } from './session-event.js';
import { SessionFactory } from './session-factory.js';
import type { SessionDefaults } from './session.options.js';

const HANGING = 'SELECT pg_sleep(1000)';

/** Lends connections, and notes how it was asked. A statement that hangs ends when it is cancelled. */
class NotingSource implements ConnectionSource {
  readonly roles: ServerRole[] = [];
  readonly labels: (string | undefined)[] = [];
  readonly waits: AcquireContext[] = [];
  cancelled = 0;
  exhausted = false;
  private cancel = (): void => undefined;

  readonly dialect: Dialect = {
    ...postgresDialect,
    cancel: async () => {
      this.cancelled++;
      this.cancel();
    },
    fence: async () => undefined,
  };

  tryAcquire(role: ServerRole, label: string | undefined): Lease<object> | undefined {
    this.roles.push(role);
    this.labels.push(label);
    return this.exhausted ? undefined : this.lend();
  }

  async acquire(_role: ServerRole, wait: AcquireContext): Promise<Lease<object>> {
    this.waits.push(wait);
    return this.lend();
  }

  suspect(): void {}

  private lend(): Lease<object> {
    const end = (): void => undefined;
    return {
      resource: { query: (text: string) => this.answer(text) },
      release: end,
      destroy: end,
      detach: () => ({}),
      [Symbol.dispose]: end,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  private answer(text: string): Promise<object> {
    if (text !== HANGING) return Promise.resolve({ rows: [], command: 'SELECT' });
    return new Promise((_, reject) => (this.cancel = () => reject(new Error('cancelled'))));
  }
}

class UnusedPool {}

/** Sessions of a data source with these defaults, and where they take their connections from. */
function open(defaults: SessionDefaults): { sessions: SessionFactory; source: NotingSource } {
  const dataSource = new DataSource({ type: 'postgres', driver: { Pool: UnusedPool } });
  const source = new NotingSource();
  return { sessions: new SessionFactory(dataSource, source, { defaults }), source };
}

/** What is told of a statement that takes 50 milliseconds. */
async function toldOfSlowOne(slowQueries: NonNullable<SessionDefaults['slowQueries']>): Promise<SessionEvent[]> {
  const { sessions } = open({ slowQueries });
  const events: SessionEvent[] = [];
  sessions.observe((event) => events.push(event as SessionEvent));
  let now = 0;
  const watch = jest.spyOn(Date, 'now').mockImplementation(() => (now += 50));
  try {
    await sessions.run((tx) => tx.query(`SELECT 'secret' FROM orders`));
  } finally {
    watch.mockRestore();
  }
  return events;
}

describe('an option of sessions', () => {
  it('mode: says which server is read', async () => {
    const { sessions, source } = open({ mode: 'replica' });
    await sessions.run((tx) => tx.query('SELECT 1'));
    expect(source.roles).toEqual(['slave']);
  });

  it('acquireTimeout: limits the wait for a connection', async () => {
    const { sessions, source } = open({ acquireTimeout: 123 });
    source.exhausted = true;
    await sessions.run((tx) => tx.query('SELECT 1'));
    expect(source.waits).toMatchObject([{ timeout: 123 }]);
  });

  it('statementTimeout: cancels a statement on the server', async () => {
    const { sessions, source } = open({ statementTimeout: 5 });
    const slow = sessions.run((tx) => tx.query(HANGING));
    await expect(slow).rejects.toMatchObject({ code: 'CALL_TIMEOUT', timeout: 5 });
    expect(source.cancelled).toBe(1);
  });

  it('deadline: limits the session as a whole', async () => {
    const { sessions, source } = open({ deadline: 5 });
    const slow = sessions.run((tx) => tx.query(HANGING));
    await expect(slow).rejects.toMatchObject({ code: 'CALL_TIMEOUT', timeout: 5 });
    expect(source.cancelled).toBe(1);
  });

  it('label: names who takes a connection', async () => {
    const { sessions, source } = open({ label: 'checkout' });
    await sessions.run((tx) => tx.query('SELECT 1'));
    expect(source.labels).toEqual(['checkout']);
  });

  it('limit: makes whoever exceeds it wait', async () => {
    const { sessions } = open({ limit: 1, acquireTimeout: 5 });
    await using first = sessions.open();
    await first.query('SELECT 1');
    const second = sessions.run((tx) => tx.query('SELECT 1'));
    await expect(second).rejects.toMatchObject({ code: 'SESSION_LIMIT', limit: 1 });
  });

  it('slowQueries.after: says what is slow', async () => {
    expect(await toldOfSlowOne({ after: 51 })).toEqual([]);
    expect(await toldOfSlowOne({ after: 50 })).toMatchObject([{ type: 'session.query.slow', took: 50 }]);
  });

  it('slowQueries.text: adds the text, without literals', async () => {
    const [silent] = await toldOfSlowOne({ after: 50 });
    expect(silent).not.toHaveProperty('text');
    expect(await toldOfSlowOne({ after: 50, text: true })).toMatchObject([{ text: 'SELECT ? FROM orders' }]);
  });
});
