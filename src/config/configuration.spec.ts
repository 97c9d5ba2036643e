import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from './configuration.js';
import { environmentSchema } from './environment.schema.js';

describe('the configuration', () => {
  it('needs no variable at all', () => {
    expect(readConfiguration({}).http).toEqual({ host: '127.0.0.1', port: 3_000 });
  });

  it('reads numbers', () => {
    expect(readConfiguration({ DATABASE_POOL_MAX: '7' }).database.maxSize).toBe(7);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfiguration({ DATABASE_URL: '', PORT: '' })).toEqual(readConfiguration({}));
  });

  it('names all problems at once', () => {
    const wrong = { PORT: 'http', DATABASE_POOL_MAX: 'many', PAYMENT_GATEWAY_URL: 'ftp://pay' };
    expect(() => readConfiguration(wrong)).toThrow(/PORT .*DATABASE_POOL_MAX .*PAYMENT_GATEWAY_URL is not a URL like/);
  });

  it.each(['mysql://orders:hunter2@db/orders', 'orders:hunter2@db'])(
    'does not repeat %s, which has a password',
    (url) => {
      expect(() => readConfiguration({ DATABASE_URL: url })).toThrow(/^(?!.*hunter2).*DATABASE_URL is not a URL like/);
    },
  );
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');

  it('names every variable, and no other', () => {
    const named = [...example.matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(Object.keys(environmentSchema.shape)));
  });

  it('shows the defaults', () => {
    const uncommented = parseEnv(example) as Record<string, string>;
    expect(readConfiguration(uncommented)).toEqual(readConfiguration({}));
  });
});
