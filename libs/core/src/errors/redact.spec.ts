import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { isSecretKey, redact, redactText } from './redact.js';

/** Long enough not to occur by chance, and made of what passwords and tokens are made of. */
const secret = fc
  .array(fc.constantFrom(...Array.from('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789._~+/=!$%*-')), {
    minLength: 10,
    maxLength: 30,
  })
  .map((letters) => letters.join(''));

const harmless = fc.string({ maxLength: 20 });

/** Places in a text where a secret may stand. */
const texts: readonly ((value: string) => string)[] = [
  (value) => `postgres://app:${value}@db.internal:5432/orders?sslmode=require`,
  (value) => `connect failed: redis://:${value}@cache:6379`,
  (value) => `amqp://user:pre@${value}/x@broker/vhost`,
  (value) => `host=db password=${value} dbname=orders`,
  (value) => `PGPASSWORD=${value}`,
  (value) => `{"user":"app","password":"${value}"}`,
  (value) => `{ dbPassword: '${value}' }`,
  (value) => `GET /?access_token=${value}&page=2`,
  (value) => `Authorization: Bearer ${value}`,
  (value) => `authorization: Basic ${value}`,
  (value) => `sent with bearer ${value.replace(/[!$%*]/g, 'x')}`,
  (value) => `api_key: ${value}, retry`,
  (value) => `x-api-key=${value}`,
  (value) => `Set-Cookie: ${value}`,
  (value) => `client_secret = "${value}"`,
  (value) => `-----BEGIN RSA PRIVATE KEY-----\n${value}\n-----END RSA PRIVATE KEY-----`,
];

/** Things in which a text or a secret may be hidden. */
const wraps: readonly ((value: unknown) => unknown)[] = [
  (value) => ({ nested: { deeper: [value] } }),
  (value) => new Error('failed', { cause: value }),
  (value) => Object.assign(new Error(String(value)), { code: 'E1' }),
  (value) => new Map([['a', value]]),
  (value) => new Set([value]),
  (value) => [[value]],
  (value) => ({ [String(value)]: 1 }),
];

const secretKeys = [
  'password',
  'db_password',
  'apiKey',
  'API_KEY',
  'token',
  'refreshToken',
  'authorization',
  'key',
  'auth',
  'dsn',
];
const connectionKeys = ['connectionString', 'databaseUrl', 'secretAccessKey', 'cookie', 'passphrase', 'privateKey'];

/** The shown form of a secret as long as the mask reaches; bearer texts are tried without their special letters. */
function shows(rendered: string, value: string): boolean {
  return rendered.includes(value) || rendered.includes(value.replace(/[!$%*]/g, 'x'));
}

describe('redaction', () => {
  it('lets no planted secret through, wherever in a text it stands', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...texts), harmless, harmless, (value, place, before, after) => {
        expect(shows(redactText(`${before} ${place(value)} ${after}`), value)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('lets none through, wherever in a value it is hidden', () => {
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom(...texts),
        fc.array(fc.constantFrom(...wraps), { maxLength: 4 }),
        (value, place, around) => {
          const hidden = around.reduce<unknown>((inner, wrap) => wrap(inner), place(value));
          expect(shows(JSON.stringify(redact(hidden)) ?? '', value)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('masks whatever stands under the name of a secret', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...secretKeys, ...connectionKeys), fc.anything(), (value, key, other) => {
        const shown = JSON.stringify(redact({ [key]: value, list: [{ [key]: { deep: value } }], other: typeof other }));
        expect(shown).not.toContain(value);
      }),
    );
  });

  it('survives anything, and gives something that can be serialized', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          expect(() => JSON.stringify(redact(value))).not.toThrow();
        },
      ),
    );
  });

  it('keeps what is no secret', () => {
    expect(
      redact({ host: 'db', port: 5432, when: null, list: ['a', 1n], tokens: undefined, monkey: 'banana' }),
    ).toEqual({
      host: 'db',
      port: 5432,
      when: null,
      list: ['a', '1'],
      tokens: undefined,
      monkey: 'banana',
    });
    expect(redactText('connect ECONNREFUSED 127.0.0.1:5432')).toBe('connect ECONNREFUSED 127.0.0.1:5432');
    expect(redactText('https://example.org/path?page=2')).toBe('https://example.org/path?page=2');
    expect(['username', 'keyboard', 'host', 'poolSize'].filter(isSecretKey)).toEqual([]);
  });

  it('shows of an error what helps, and neither stack nor cause', () => {
    const error = Object.assign(new Error('no route', { cause: 'x' }), { code: 'ECONNREFUSED', sql: 'SELECT 1' });
    expect(redact(error)).toEqual({ name: 'Error', message: 'no route', code: 'ECONNREFUSED' });
  });

  it('ends: cycles, depth, breadth and length are bounded', () => {
    const cycle: Record<string, unknown> = { name: 'a' };
    cycle['self'] = cycle;
    expect(redact(cycle)).toEqual({ name: 'a', self: '…' });
    let deep: unknown = 'bottom';
    for (let level = 0; level < 1_000; level++) deep = [deep];
    expect(JSON.stringify(redact(deep))).toContain('…');
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index]));
    expect(Object.keys(redact(many) as object)).toHaveLength(200);
    expect(redactText('x'.repeat(10_000)).length).toBeLessThan(2_100);
    const shared = { a: 1 };
    expect(redact([shared, shared])).toEqual([shared, shared]);
  });

  it('takes no longer for a text that was made to be slow', () => {
    const began = performance.now();
    for (const hostile of [
      'a'.repeat(100_000),
      'password'.repeat(12_000),
      'x://'.repeat(25_000),
      `eyJ${'a.'.repeat(50_000)}`,
    ])
      redactText(hostile);
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});
