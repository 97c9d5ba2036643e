import { describe, expect, it } from '@jest/globals';
import { OptionsError } from '@nestjs-resources/core';
import type { TypeOrmResourceOptions } from '../module/typeorm-resource.options.js';
import { checkDataSourceOptions } from './data-source.check.js';

const message = (options: object): string => {
  try {
    checkDataSourceOptions('database', { type: 'postgres', ...options } as TypeOrmResourceOptions);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError);
    return (error as Error).message;
  }
};

describe('the options of a PostgreSQL data source', () => {
  it.each([
    { url: 'postgres://user:secret@localhost:5432/shop' },
    { url: 'postgresql://localhost/shop' },
    { host: 'localhost', username: 'user', password: 'secret' },
    { url: undefined, host: 'localhost' },
    {},
  ])('are accepted: %j', (options) => expect(message(options)).toBe('accepted'));

  it('are refused without a URL where there should be one', () => {
    expect(message({ url: process.env['A_VARIABLE_THAT_NOBODY_SETS'] })).toMatch(/url: .*Is DATABASE_URL set\?/);
    expect(message({ url: '' })).toMatch(/it is missing/);
  });

  it.each(['user:secret@localhost:5432/shop', 'postgres://user:secret@local host/shop', 'secret'])(
    'are refused if the URL is none, without showing it: %s',
    (url) => {
      expect(message({ url })).toMatch(/must be like postgresql:/);
      expect(message({ url })).not.toContain('secret');
    },
  );

  it('are refused if the URL is of something else', () => {
    expect(message({ url: 'mysql://user:secret@localhost/shop' })).toMatch(/its scheme is 'mysql:'/);
  });

  it('are refused with everything that is wrong at once', () => {
    const text = message({ url: '', pool: { maxSize: 2, minSize: 3, max: 5 }, breaker: { failureThreshold: -1 } });
    for (const option of ['url', 'pool.minSize', 'pool.max', 'breaker.failureThreshold'])
      expect(text).toContain(`- ${option}`);
  });

  it('are checked for each server of a replicated database', () => {
    const replication = { master: { url: 'postgres://localhost/shop' }, slaves: [{ url: 'http://localhost' }] };
    expect(message({ replication })).toMatch(/replication\.slaves\[0\]\.url.*http:/);
  });

  it('leave the verbs of the pool to us', () => {
    expect(message({ pool: { create: () => ({}) } })).toMatch(/pool\.create: is not an option/);
  });

  it('say what cannot be of sessions, too', () => {
    expect(message({ sessions: { limit: 0, deadlin: 5 } })).toMatch(
      /sessions\.deadlin: is not an option.*sessions\.limit/s,
    );
  });

  it('have to say which database it is', () => {
    expect(message({ type: undefined })).toMatch(/type: is required/);
  });

  it('name what it comes after, as an array of names', () => {
    expect(message({ dependsOn: ['server'], after: [] })).toBe('accepted');
    expect(message({ dependsOn: 'server' })).toMatch(/dependsOn: must be an array of names/);
    expect(message({ after: [7] })).toMatch(/after: must be an array of names/);
  });

  it('of MySQL have another URL', () => {
    expect(message({ type: 'mariadb', url: 'mysql://user:secret@localhost/shop' })).toBe('accepted');
    expect(message({ type: 'mysql', url: 'postgres://localhost/shop' })).toMatch(/must be like mysql:/);
  });
});

describe('the options of a SQLite data source', () => {
  it.each([{}, { pool: { acquireTimeout: 1_000 } }, { pool: { maxSize: 1 }, breaker: false }, { sessions: {} }])(
    'are accepted: %j',
    (options) => expect(message({ type: 'sqljs', ...options })).toBe('accepted'),
  );

  it('leave the size of the pool and the breaker to us', () => {
    expect(message({ type: 'better-sqlite3', pool: { maxSize: 5 } })).toMatch(/pool\.maxSize: must be 1/);
    expect(message({ type: 'sqljs', breaker: {} })).toMatch(/breaker: has no effect on SQLite/);
  });
});

describe('the options of a data source that is only observed', () => {
  it.each([{ type: 'mssql' }, { type: 'postgres', pool: 'observe' }, { type: 'mongodb', breaker: false }])(
    'are accepted: %j',
    (options) => expect(message(options)).toBe('accepted'),
  );

  it('are refused if they would have no effect', () => {
    const text = message({ type: 'mssql', pool: { maxSize: 2 }, breaker: {}, sessions: {} });
    for (const option of ['pool', 'breaker', 'sessions']) expect(text).toContain(`- ${option}: has no effect on mssql`);
  });
});
