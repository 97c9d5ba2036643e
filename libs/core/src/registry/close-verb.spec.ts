import { describe, expect, it } from '@jest/globals';

import type { CloseContext } from '../resource/resource.js';
import { closeVerbOf, isCloseReport } from './close-verb.js';

const context: CloseContext = { signal: new AbortController().signal, deadline: 5 };

describe('how a resource is ended', () => {
  it('is what it says, as its own method and with the context', () => {
    class Own {
      readonly kind = 'mine';
      given: CloseContext | undefined;
      close(given: CloseContext): string {
        this.given = given;
        return 'closed';
      }
      [Symbol.asyncDispose](): void {
        throw new Error('not this one');
      }
    }
    const own = new Own();
    expect(closeVerbOf(own)?.(context)).toBe('closed');
    expect(own.given).toBe(context);
  });

  it('is the dispose symbol of what knows nothing of us: its promise is the end', async () => {
    const server = { close: () => 'not ended yet', [Symbol.asyncDispose]: () => Promise.resolve('ended') };
    expect(await closeVerbOf(server)?.(context)).toBe('ended');
    expect(closeVerbOf({ [Symbol.dispose]: () => 'disposed' })?.(context)).toBe('disposed');
    expect(closeVerbOf({ close: () => 'closed', [Symbol.dispose]: () => 'disposed' })?.(context)).toBe('closed');
  });

  it('is nothing for what has none', () => {
    expect(closeVerbOf({})).toBeUndefined();
    expect(closeVerbOf({ close: 'not a function' })).toBeUndefined();
  });
});

describe('a close report', () => {
  it('is told from anything else that a close may return', () => {
    const report = { clean: true, duration: 1, destroyed: 0, holders: [], errors: [] };
    expect([report, undefined, null, 'x', { clean: true }, { closed: true }].map(isCloseReport)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
