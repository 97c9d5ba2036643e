import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Lease } from '@nestjs-resources/core';
import { DataSource } from 'typeorm';
import type { AcquireContext } from '../driver/acquire-context.js';
import { postgresDialect } from '../driver/postgres.dialect.js';
import type { ConnectionSource } from './connection-source.js';
import { SessionFactory } from './session-factory.js';
import { ConnectionLostError, SessionClosedError, TransactionAbortedError } from './session.errors.js';

/** Answers statements when it is told to, or at once; knows just enough SQL to be in a transaction or not. */
class FakeConnection {
  readonly statements: string[] = [];
  readonly failures = new Map<string, Error>();
  running = 0;
  mostAtOnce = 0;
  aborted = false;

  async query(text: string): Promise<{ rows: unknown[]; command: string }> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
    this.statements.push(text);
    await new Promise((resolve) => setImmediate(resolve));
    this.running--;
    const failure = this.failures.get(text);
    if (failure) {
      this.aborted = text !== 'START TRANSACTION';
      throw failure;
    }
    const command = text === 'COMMIT' && this.aborted ? 'ROLLBACK' : String(text.split(' ')[0]);
    if (text === 'COMMIT' || text === 'ROLLBACK') this.aborted = false;
    return { rows: [], command };
  }
}

class FakeSource implements ConnectionSource {
  readonly dialect = postgresDialect;
  readonly log: string[] = [];
  connection = new FakeConnection();
  exhausted = false;
  /** How the last one waits who waits. */
  wait: AcquireContext = {};
  lendLate = (): void => undefined;

  tryAcquire(): Lease<object> | undefined {
    return this.exhausted ? undefined : this.lend();
  }

  async acquire(_role: string, wait: AcquireContext): Promise<Lease<object>> {
    this.wait = wait;
    const { signal } = wait;
    if (!this.exhausted) return this.lend();
    return new Promise((resolve, reject) => {
      this.lendLate = () => resolve(this.lend());
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }

  suspect(): void {}

  private lend(): Lease<object> {
    this.log.push('lent');
    let over = false;
    const end = (how: string) => (): void => {
      if (!over) this.log.push(how);
      over = true;
    };
    const release = end('given back');
    return {
      resource: this.connection,
      release,
      destroy: end('destroyed'),
      detach: () => this.connection,
      [Symbol.dispose]: release,
      [Symbol.asyncDispose]: async () => release(),
    };
  }
}

class UnusedPool {}

let dataSource: DataSource;
let source: FakeSource;
let sessions: SessionFactory;

beforeEach(() => {
  dataSource = new DataSource({ type: 'postgres', driver: { Pool: UnusedPool } });
  source = new FakeSource();
  sessions = new SessionFactory(dataSource, source);
});

const sent = (): string[] => source.connection.statements;

describe('a session', () => {
  it('costs nothing until its first statement', async () => {
    const session = sessions.open();
    expect(session.isLeased).toBe(false);
    expect(session.manager).toBe(session.manager);
    expect(source.log).toEqual([]);
    await session.query('SELECT 1');
    expect(session.isLeased).toBe(true);
    await session.close();
    expect(source.log).toEqual(['lent', 'given back']);
  });

  it('takes one connection, however many statements are begun at once', async () => {
    await using session = sessions.open();
    await Promise.all(['SELECT 1', 'SELECT 2', 'SELECT 3'].map((sql) => session.query(sql)));
    expect(source.log).toEqual(['lent']);
  });

  it('sends one statement at a time, in order', async () => {
    await using session = sessions.open();
    await Promise.all(['SELECT 1', 'SELECT 2', 'SELECT 3'].map((sql) => session.query(sql)));
    expect(source.connection.mostAtOnce).toBe(1);
    expect(sent()).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 3']);
  });

  it('can be closed twice, and by then is counted once', async () => {
    const session = sessions.open();
    await session.query('SELECT 1');
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(source.log).toEqual(['lent', 'given back']);
    expect(sessions.getMetrics()).toMatchObject({ active: 0, opened: 1 });
  });

  it('refuses statements once it is closed, and takes no connection for them', async () => {
    const session = sessions.open({ label: 'checkout' });
    await session.close();
    await expect(session.query('SELECT 1')).rejects.toThrow(SessionClosedError);
    await expect(session.transaction(() => 1)).rejects.toThrow(/Session 'checkout' is closed/);
    expect(source.log).toEqual([]);
  });

  it('that was opened for a stream ends if that cannot be opened', async () => {
    source.acquire = () => Promise.reject(new Error('no room'));
    source.exhausted = true;
    await expect(sessions.stream('SELECT 1')).rejects.toThrow('no room');
    expect(sessions.getMetrics().active).toBe(0);
  });

  it('stops waiting for a connection when it is closed', async () => {
    source.exhausted = true;
    const session = sessions.open();
    const waiting = session.query('SELECT 1');
    const refused = expect(waiting).rejects.toThrow(SessionClosedError);
    await Promise.resolve();
    await session.close();
    await refused;
  });

  it('gives back at once a connection that comes when it is closed', async () => {
    source.exhausted = true;
    const session = sessions.open();
    const refused = expect(session.query('SELECT 1')).rejects.toThrow(SessionClosedError);
    await session.close();
    await refused;
    source.lendLate();
    await new Promise(setImmediate);
    expect(source.log).toEqual(['lent', 'given back']);
  });

  it('stops waiting for a connection when its signal says so', async () => {
    source.exhausted = true;
    const gone = new AbortController();
    await using session = sessions.open({ signal: gone.signal });
    const waiting = session.query('SELECT 1');
    gone.abort(new Error('The client has left.'));
    await expect(waiting).rejects.toThrow('The client has left.');
  });

  it.each([
    ['plainly', {}],
    ['with a signal', { signal: new AbortController().signal }],
    ['with a deadline', { deadline: 60_000 }],
  ])('waits for a connection as long as it was told, by its name: %s', async (_how, options) => {
    source.exhausted = true;
    const session = sessions.open({ acquireTimeout: 5, label: 'checkout', ...options });
    const query = expect(session.query('SELECT 1')).rejects.toBeInstanceOf(SessionClosedError);
    expect(source.wait).toMatchObject({ timeout: 5, label: 'checkout' });
    await session.close();
    await query;
  });

  it('rolls back what is open when it ends, and never commits', async () => {
    const session = sessions.open();
    await session.queryRunner.startTransaction();
    await session.query('INSERT 1');
    await session.close();
    expect(sent()).toEqual(['START TRANSACTION', 'INSERT 1', 'ROLLBACK']);
    expect(source.log).toEqual(['lent', 'given back']);
  });

  it('destroys a connection that cannot be rolled back', async () => {
    const session = sessions.open();
    await session.queryRunner.startTransaction();
    source.connection.failures.set('ROLLBACK', new Error('no'));
    await session.close();
    expect(source.log).toEqual(['lent', 'destroyed']);
  });
});

describe('a transaction', () => {
  it('commits when its work is done and gives back the connection it took', async () => {
    await using session = sessions.open();
    await expect(session.transaction((tx) => tx.query('INSERT 1').then(() => 'done'))).resolves.toBe('done');
    expect(sent()).toEqual(['START TRANSACTION', 'INSERT 1', 'COMMIT']);
    expect(source.log).toEqual(['lent', 'given back']);
    expect(sessions.getMetrics()).toMatchObject({ committed: 1, rolledBack: 0 });
  });

  it('keeps the connection if the session held it before', async () => {
    await using session = sessions.open();
    await session.query('SELECT 1');
    await session.transaction(() => 1);
    expect(source.log).toEqual(['lent']);
  });

  it('rolls back when its work throws, and throws the same', async () => {
    const error = new Error('out of stock');
    await expect(sessions.transaction(() => Promise.reject(error))).rejects.toBe(error);
    expect(sent()).toEqual(['START TRANSACTION', 'ROLLBACK']);
    expect(sessions.getMetrics()).toMatchObject({ committed: 0, rolledBack: 1, active: 0 });
  });

  it('takes isolation, read-only and deferrable', async () => {
    await sessions.transaction({ isolation: 'SERIALIZABLE', readOnly: true, deferrable: true }, () => 1);
    expect(sent()).toEqual([
      'START TRANSACTION',
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'SET TRANSACTION READ ONLY',
      'SET TRANSACTION DEFERRABLE',
      'COMMIT',
    ]);
  });

  it('is never reported as committed when a swallowed error has undone it', async () => {
    const failure = new Error('duplicate key');
    source.connection.failures.set('INSERT 1', failure);
    const placed = sessions.transaction((tx) => tx.query('INSERT 1').catch(() => 'swallowed'));
    const error: unknown = await placed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransactionAbortedError);
    expect((error as Error).cause).toBe(failure);
    expect(sessions.getMetrics()).toMatchObject({ committed: 0, rolledBack: 1, aborted: 1 });
  });

  it('within another is a savepoint', async () => {
    await sessions.transaction((_, session) => session.transaction(() => 1));
    expect(sent()).toEqual(['START TRANSACTION', 'SAVEPOINT typeorm_1', 'RELEASE SAVEPOINT typeorm_1', 'COMMIT']);
  });

  it('within another may fail alone', async () => {
    await sessions.transaction(async (tx) => {
      await tx.transaction(() => Promise.reject(new Error('no'))).catch(() => 'never mind');
      await tx.query('INSERT 1');
    });
    expect(sent().slice(1)).toEqual(['SAVEPOINT typeorm_1', 'ROLLBACK TO SAVEPOINT typeorm_1', 'INSERT 1', 'COMMIT']);
  });

  it('within another is not kept either when a swallowed error has undone it', async () => {
    const failure = new Error('duplicate key');
    source.connection.failures.set('INSERT 1', failure);
    source.connection.failures.set('RELEASE SAVEPOINT typeorm_1', Object.assign(new Error('…'), { code: '25P02' }));
    await sessions.transaction(async (tx) => {
      const nested = tx.transaction((inner) => inner.query('INSERT 1').catch(() => 'swallowed'));
      const error: unknown = await nested.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TransactionAbortedError);
      expect((error as Error).cause).toBe(failure);
      source.connection.aborted = false;
    });
    expect(sent().slice(-2)).toEqual(['ROLLBACK TO SAVEPOINT typeorm_1', 'COMMIT']);
  });

  it('and its sibling do not interleave', async () => {
    await sessions.transaction(async (tx) => {
      const nested = (name: string): Promise<unknown> => tx.transaction((inner) => inner.query(`INSERT ${name}`));
      await Promise.all([nested('a'), nested('b')]);
    });
    expect(sent()).toEqual([
      'START TRANSACTION',
      'SAVEPOINT typeorm_1',
      'INSERT a',
      'RELEASE SAVEPOINT typeorm_1',
      'SAVEPOINT typeorm_1',
      'INSERT b',
      'RELEASE SAVEPOINT typeorm_1',
      'COMMIT',
    ]);
  });

  it('of the same session waits for the one before', async () => {
    await using session = sessions.open();
    await Promise.all(['a', 'b'].map((name) => session.transaction((tx) => tx.query(`INSERT ${name}`))));
    expect(sent()).toEqual(['START TRANSACTION', 'INSERT a', 'COMMIT', 'START TRANSACTION', 'INSERT b', 'COMMIT']);
  });

  it('of a lost connection says so, with the cause, until it ends', async () => {
    const cause = Object.assign(new Error('terminating connection'), { code: '57P01' });
    source.connection.failures.set('INSERT 1', cause);
    await using session = sessions.open();
    const seen: unknown[] = [];
    const placed = session.transaction(async (tx) => {
      await tx.query('INSERT 1').catch((error: unknown) => seen.push(error));
      await tx.query('INSERT 2').catch((error: unknown) => seen.push(error));
    });
    const error: unknown = await placed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ cause, transaction: 'rolled back', code: 'CONNECTION_LOST' });
    expect(seen).toEqual([error, error]);
    expect(source.log).toEqual(['lent', 'destroyed']);

    source.connection = new FakeConnection();
    await session.query('SELECT 1');
    expect(source.log).toEqual(['lent', 'destroyed', 'lent']);
  });

  it('of a lost connection leaves no level behind: the next of its session is no savepoint', async () => {
    source.connection.failures.set('INSERT 1', Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await using session = sessions.open();
    const lost = session.transaction((tx) => tx.transaction((inner) => inner.query('INSERT 1')));
    await expect(lost).rejects.toBeInstanceOf(ConnectionLostError);
    source.connection = new FakeConnection();
    await session.transaction((tx) => tx.query('INSERT 2'));
    expect(sent()).toEqual(['START TRANSACTION', 'INSERT 2', 'COMMIT']);
  });

  it.each([
    ['40001', 3],
    ['40P01', 3],
    ['23505', 1],
    ['57P01', 1],
  ])('is tried again only if the database says that it may succeed: %s', async (code, tries) => {
    const failure = Object.assign(new Error('…'), { code });
    let tried = 0;
    const work = (): Promise<never> => {
      tried++;
      return Promise.reject(failure);
    };
    const retry = { attempts: 3, delay: 1 };
    await expect(sessions.transaction({ retry }, work)).rejects.toThrow();
    expect(tried).toBe(tries);
    expect(sessions.getMetrics().rolledBack).toBe(tries);
  });

  it('within one that was begun by hand is a savepoint, neither tried again nor counted', async () => {
    const conflict = Object.assign(new Error('could not serialize'), { code: '40001' });
    await using session = sessions.open();
    await session.queryRunner.startTransaction();
    await session.transaction((tx) => tx.query('INSERT 1'));
    await expect(session.transaction({ retry: 3 }, () => Promise.reject(conflict))).rejects.toBe(conflict);
    await session.queryRunner.commitTransaction();
    expect(sent()).toEqual([
      'START TRANSACTION',
      'SAVEPOINT typeorm_1',
      'INSERT 1',
      'RELEASE SAVEPOINT typeorm_1',
      'SAVEPOINT typeorm_1',
      'ROLLBACK TO SAVEPOINT typeorm_1',
      'COMMIT',
    ]);
    expect(sessions.getMetrics()).toMatchObject({ committed: 0, rolledBack: 0, aborted: 0 });
  });

  it('is counted once, and its savepoints never', async () => {
    await sessions.transaction(async (tx) => {
      await tx.transaction((inner) => inner.query('INSERT 1'));
      await tx.transaction(() => Promise.reject(new TransactionAbortedError('…'))).catch(() => 'never mind');
    });
    expect(sessions.getMetrics()).toMatchObject({ committed: 1, rolledBack: 0, aborted: 0 });
    const aborted = new TransactionAbortedError('…');
    const placed = sessions.transaction((tx) => tx.transaction(() => Promise.reject(aborted)));
    await expect(placed).rejects.toBe(aborted);
    expect(sessions.getMetrics()).toMatchObject({ committed: 1, rolledBack: 1, aborted: 1 });
  });

  it.each([
    ['by the statement', { code: '57P01', severity: 'FATAL' }, {}, 'failed'],
    ['by the socket', { code: 'ECONNRESET' }, { code: '57P01' }, 'broken'],
  ])('of a lost connection has as its cause what was told first: %s', async (_by, ofFailure, ofSocket, cause) => {
    const failed = Object.assign(new Error('failed'), ofFailure);
    let broken: Error | undefined;
    Object.assign(source, { dialect: { ...postgresDialect, lostBecause: () => broken } });
    source.connection.query = () => {
      broken = Object.assign(new Error('broken'), ofSocket);
      return Promise.reject(failed);
    };
    await expect(sessions.run((tx) => tx.query('SELECT 1'))).rejects.toMatchObject({ cause: { message: cause } });
  });

  it('says that nobody knows if the connection is lost while it commits', async () => {
    source.connection.failures.set('COMMIT', Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await expect(sessions.transaction(() => 1)).rejects.toMatchObject({ transaction: 'unknown' });
    expect(source.log).toEqual(['lent', 'destroyed']);
  });

  it('that cannot begin leaves the session as it was', async () => {
    source.connection.failures.set('START TRANSACTION', new Error('no'));
    await using session = sessions.open();
    await expect(session.transaction(() => 1)).rejects.toThrow('no');
    expect(session.inTransaction).toBe(false);
    source.connection.failures.clear();
    await expect(session.transaction(() => 2)).resolves.toBe(2);
  });
});

describe('what TypeORM does without a runner of its own', () => {
  it('joins the transaction of its asynchronous context', async () => {
    await sessions.transaction(async (_, session) => {
      expect(dataSource.createQueryRunner()).toBe(session.queryRunner);
      await dataSource.query('INSERT 1');
      await dataSource.transaction((tx) => tx.query('INSERT 2'));
    });
    expect(sent()).toEqual([
      'START TRANSACTION',
      'INSERT 1',
      'SAVEPOINT typeorm_1',
      'INSERT 2',
      'RELEASE SAVEPOINT typeorm_1',
      'COMMIT',
    ]);
    expect(source.log).toEqual(['lent', 'given back']);
  });

  it('joins nothing outside, nor after the transaction', async () => {
    let later: Promise<boolean> | undefined;
    let over = (): void => undefined;
    const ended = new Promise<void>((resolve) => (over = resolve));
    await sessions.transaction((_, session) => {
      const joined = session.queryRunner;
      later = ended.then(() => dataSource.createQueryRunner() === joined);
    });
    over();
    await expect(later).resolves.toBe(false);
    expect(sessions.current()).toBeUndefined();
  });

  it('joins no session that has no transaction', async () => {
    await sessions.run(async (_, session) => {
      expect(sessions.current()).toBe(session);
      expect(dataSource.createQueryRunner()).not.toBe(session.queryRunner);
    });
  });

  it('stays apart in two transactions at once', async () => {
    const runners = await Promise.all(
      [1, 2].map(() =>
        sessions.transaction(async () => {
          await Promise.resolve();
          return dataSource.createQueryRunner();
        }),
      ),
    );
    expect(runners[0]).not.toBe(runners[1]);
  });

  it('cannot commit by disposing of a runner that is ours', async () => {
    const failing = sessions.transaction(async () => {
      await using runner = dataSource.createQueryRunner();
      await runner.query('INSERT 1');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(sent()).toEqual(['START TRANSACTION', 'INSERT 1', 'ROLLBACK']);
  });
});
