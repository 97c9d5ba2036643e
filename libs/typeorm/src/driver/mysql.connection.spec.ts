import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { CreateContext, VerbContext } from '@nestjs-resources/core';
import {
  isInMysqlTransaction,
  markMysqlDirty,
  type MysqlConnection,
  mysqlLostBecause,
  mysqlVerbs,
  queryMysql,
} from './mysql.connection.js';

type Done = (error?: unknown, result?: unknown) => void;

const AUTOCOMMIT = 2;
const IN_TRANSACTION = 3;

/** As much of mysql2's connection as decides about it. */
class Connection extends EventEmitter {
  readonly log: string[] = [];
  readonly stream = Object.assign(new EventEmitter(), { destroy: () => this.log.push('socket closed') });
  connects = (done: Done): void => done();
  /** Answers a statement. */
  answer = (done: Done): void => done(undefined, { serverStatus: AUTOCOMMIT });

  connect(done: Done): void {
    this.connects(done);
  }

  query(_text: string, done: Done): void {
    this.answer(done);
  }

  reset(done: Done): void {
    this.log.push('reset');
    done();
  }

  end(done: Done): void {
    this.log.push('end');
    done();
  }

  destroy(): void {
    this.log.push('destroyed');
  }
}

const context = { signal: new AbortController().signal } as VerbContext;

/** A connection, and what its pool was told of it. */
async function open(prepare: (connection: Connection) => void = () => undefined, signal = context.signal) {
  const connection = new Connection();
  prepare(connection);
  const asMysql = connection as unknown as MysqlConnection;
  const verbs = mysqlVerbs({ createConnection: () => asMysql }, () => ({}));
  const deaths: unknown[] = [];
  const error = await verbs.open({ signal, died: (reason) => deaths.push(reason) } as CreateContext).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { connection, asMysql, verbs, deaths, error };
}

describe('a connection to MySQL', () => {
  it('that is refused leaves no socket', async () => {
    const refusal = new Error('Access denied');
    const { connection, error, deaths } = await open((made) => (made.connects = (done) => done(refusal)));
    expect(error).toBe(refusal);
    expect(connection.log).toEqual(['destroyed', 'socket closed']);
    connection.emit('error', new Error('reset'));
    expect(deaths).toEqual([]);
  });

  it('that nobody waits for any more leaves no socket', async () => {
    const controller = new AbortController();
    const { connection } = await open((made) => {
      made.connects = (done) => {
        controller.abort();
        done();
      };
    }, controller.signal);
    expect(connection.log).toEqual(['destroyed', 'socket closed']);
  });

  it('tells its end once, by the first error', async () => {
    const { connection, asMysql, deaths } = await open();
    const first = new Error('shutdown');
    connection.emit('error', first);
    connection.stream.emit('close');
    expect(deaths).toEqual([first]);
    expect(mysqlLostBecause(asMysql)).toBe(first);
  });

  it('tells its end if the server only hangs up', async () => {
    const { connection, deaths } = await open();
    connection.stream.emit('close');
    expect(deaths).toMatchObject([{ message: expect.stringMatching(/^Connection lost/) }]);
  });

  it.each([
    ['nothing is open', AUTOCOMMIT, false, []],
    ['a transaction is open', IN_TRANSACTION, true, ['reset']],
    ['it does not commit by itself', 0, false, ['reset']],
  ])('goes back as the server said last: %s', async (_what, serverStatus, inTransaction, log) => {
    const { connection, asMysql, verbs } = await open();
    connection.answer = (done) => done(undefined, { serverStatus });
    await queryMysql(asMysql, ['SELECT 1']);
    expect(isInMysqlTransaction(asMysql)).toBe(inTransaction);
    await verbs.clean(asMysql, context);
    await verbs.clean(asMysql, context);
    expect(connection.log).toEqual(log);
  });

  it('is reset if something was left behind in it, or a statement is under way', async () => {
    const { connection, asMysql, verbs } = await open();
    markMysqlDirty(asMysql);
    await verbs.clean(asMysql, context);
    connection.answer = () => undefined;
    void queryMysql(asMysql, ['SELECT SLEEP(10)']);
    expect(isInMysqlTransaction(asMysql)).toBeUndefined();
    await verbs.clean(asMysql, context);
    expect(connection.log).toEqual(['reset', 'reset']);
  });

  it('is closed politely if it is idle, without being told of as broken', async () => {
    const { connection, asMysql, verbs, deaths } = await open();
    await verbs.close(asMysql, context);
    connection.stream.emit('close');
    expect(connection.log).toEqual(['end']);
    expect(deaths).toEqual([]);
  });

  it('is closed at once, both halves of it, if it is busy', async () => {
    const { connection, asMysql, verbs } = await open();
    connection.answer = () => undefined;
    void queryMysql(asMysql, ['SELECT SLEEP(10)']);
    await verbs.close(asMysql, context);
    expect(connection.log).toEqual(['destroyed', 'socket closed']);
  });
});
