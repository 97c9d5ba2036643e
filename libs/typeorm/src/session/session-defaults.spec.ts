import { describe, expect, it } from '@jest/globals';
import { OptionsError, type Lease } from '@nestjs-resources/core';
import { DataSource } from 'typeorm';
import { postgresDialect } from '../driver/postgres.dialect.js';
import type { ConnectionSource, ServerRole } from './connection-source.js';
import { SessionFactory } from './session-factory.js';
import type { SessionDefaults, SessionOptions } from './session.options.js';

class UnusedPool {}

/** Notes of which server each connection is. */
class Roles implements ConnectionSource {
  readonly dialect = postgresDialect;
  readonly asked: ServerRole[] = [];

  tryAcquire(role: ServerRole): Lease<object> {
    this.asked.push(role);
    const release = (): void => undefined;
    return {
      resource: { query: (text: string) => Promise.resolve({ rows: [], command: text.split(' ')[0] }) },
      release,
      destroy: release,
      detach: () => ({}),
      [Symbol.dispose]: release,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  acquire(role: ServerRole): Promise<Lease<object>> {
    return Promise.resolve(this.tryAcquire(role));
  }

  suspect(): void {}
}

const dataSource = (): DataSource => new DataSource({ type: 'postgres', driver: { Pool: UnusedPool } });
const factoryWith = (defaults: SessionDefaults, source = new Roles()): SessionFactory =>
  new SessionFactory(dataSource(), source, { defaults });

const problemsOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError);
    return (error as Error).message;
  }
};

describe('options of sessions', () => {
  it('all that is wrong with the defaults is told in one error', () => {
    const wrong = { deadline: 0, limit: 0, statementTimout: 5, mode: 'secondary', slowQueries: { after: -1 } };
    const message = problemsOf(() => factoryWith(wrong as unknown as SessionDefaults));
    for (const option of [
      'sessions.deadline',
      'sessions.limit',
      'statementTimout',
      'sessions.mode',
      'sessions.slowQueries.after',
    ])
      expect(message).toContain(option);
  });

  it('a signal ends one session, not all', () => {
    const defaults = { signal: AbortSignal.abort() } as unknown as SessionDefaults;
    expect(problemsOf(() => factoryWith(defaults))).toContain('signal');
  });

  it.each<SessionOptions>([
    { deadline: Number.NaN },
    { statementTimeout: 0 },
    { acquireTimeout: -1 },
    { mode: 'secondary' as 'replica' },
  ])('%j is refused when the session is opened', (options) => {
    const sessions = factoryWith({});
    expect(problemsOf(() => sessions.open(options))).toContain(Object.keys(options)[0]);
    expect(sessions.getMetrics()).toMatchObject({ active: 0, opened: 0 });
  });

  it('what a session says itself counts more than the defaults', async () => {
    const source = new Roles();
    const sessions = factoryWith({ mode: 'replica' }, source);
    await sessions.run((tx) => tx.query('SELECT 1'));
    await sessions.run({ mode: 'primary' }, (tx) => tx.query('SELECT 1'));
    expect(source.asked).toEqual(['slave', 'master']);
  });
});

describe('a session that reads from a replica', () => {
  it('reads what it has written: from its first write on it uses the primary', async () => {
    const source = new Roles();
    await factoryWith({}, source).run({ mode: 'replica' }, async (tx) => {
      await tx.query('SELECT 1');
      await tx.query('SELECT 2');
      await tx.query('INSERT INTO orders VALUES (1)');
      await tx.query('SELECT 3');
    });
    expect(source.asked).toEqual(['slave', 'master']);
  });

  it('writes in a transaction of the primary', async () => {
    const source = new Roles();
    await factoryWith({}, source).run({ mode: 'replica' }, async (tx, session) => {
      await tx.query('SELECT 1');
      await session.transaction((inner) => inner.query('INSERT INTO orders VALUES (1)'));
      await tx.query('SELECT 3');
    });
    expect(source.asked).toEqual(['slave', 'master']);
  });

  it('stays on the replica in a transaction that only reads', async () => {
    const source = new Roles();
    await factoryWith({}, source).run({ mode: 'replica' }, (_, session) =>
      session.transaction({ readOnly: true }, (inner) => inner.query('SELECT 1')),
    );
    expect(source.asked).toEqual(['slave']);
  });
});
