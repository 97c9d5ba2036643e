import { describe, expect, it } from '@jest/globals';
import { currentAcquireContext, withAcquireContext, withPassingContext } from './acquire-context.js';

describe('the context of an acquire', () => {
  it('is that of the work, and of nobody else', async () => {
    await withPassingContext({ label: 'start' }, async () => {
      await Promise.resolve();
      expect(currentAcquireContext()).toEqual({ label: 'start' });
    });
    expect(currentAcquireContext()).toBeUndefined();
  });

  it('lasts for those who still start when another has started', async () => {
    let go = (): void => undefined;
    const long = withPassingContext({ label: 'long' }, async () => {
      await new Promise<void>((resolve) => (go = resolve));
      return currentAcquireContext();
    });
    await withPassingContext({ label: 'short' }, () => Promise.resolve());
    go();
    await expect(long).resolves.toEqual({ label: 'long' });
  });

  it('is what the application says, also within a start', async () => {
    const said = await withPassingContext({ label: 'start' }, () =>
      withAcquireContext({ label: 'mine' }, () => Promise.resolve(currentAcquireContext())),
    );
    expect(said).toEqual({ label: 'mine' });
  });

  it('is over even if the work fails', async () => {
    await expect(withPassingContext({}, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(currentAcquireContext()).toBeUndefined();
  });
});
