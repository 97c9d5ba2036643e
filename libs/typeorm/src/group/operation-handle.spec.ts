import { describe, expect, it } from '@jest/globals';
import { OperationHandle } from './operation-handle.js';

describe('the promise of an operation', () => {
  it('knows that nobody has looked at it', async () => {
    const handle = new OperationHandle(Promise.reject(new Error('no')));
    await Promise.resolve();
    expect(handle.observed).toBe(false);
  });

  it.each([
    ['await', async (handle: OperationHandle<number>) => void (await handle)],
    ['catch', (handle: OperationHandle<number>) => handle.catch(() => 0)],
    ['finally', (handle: OperationHandle<number>) => handle.finally(() => undefined)],
    ['Promise.all', (handle: OperationHandle<number>) => Promise.all([handle, Promise.resolve()])],
  ])('knows that somebody has: %s', async (_how, look) => {
    const handle = new OperationHandle(Promise.resolve(1));
    await look(handle);
    expect(handle.observed).toBe(true);
  });

  it('resolves and rejects as its operation does', async () => {
    await expect(new OperationHandle(Promise.resolve(1))).resolves.toBe(1);
    await expect(new OperationHandle(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
