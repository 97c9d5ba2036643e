import { describe, expect, it } from '@jest/globals';

import { errorText } from './error-text.js';
import { ResourceError } from './resource.error.js';

class PoolError extends ResourceError {}

describe('a resource error', () => {
  it('says its name, its code and whose it is', () => {
    const error = new PoolError('no', { code: 'POOL', resource: 'smtp' });
    expect([error.name, error.code, error.resource, String(error)]).toEqual([
      'PoolError',
      'POOL',
      'smtp',
      'PoolError: no',
    ]);
  });

  it('carries its cause untouched, where no serializer shows it', () => {
    const cause = new Error('password=hunter2');
    const error = new PoolError('no', { code: 'POOL', cause });
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error)).toBe('{"code":"POOL"}');
    expect('cause' in new PoolError('no', { code: 'POOL' })).toBe(false);
  });
});

describe('the text of an error', () => {
  it('is its message, or the next best, without secrets', () => {
    expect(errorText(new Error('refused, token=abc'))).toBe('refused, token=***');
    expect(errorText(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
    expect(errorText({ name: 'Odd' })).toBe('Odd');
    expect(errorText('plain')).toBe('plain');
    expect(errorText(new Error('The server is away.'))).toBe('The server is away');
    expect(errorText(undefined)).toBe('undefined');
    expect(errorText(7)).toBe('7');
    expect(errorText(Object.create(null))).toEqual(expect.any(String));
  });
});
