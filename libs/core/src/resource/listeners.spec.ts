import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { Listeners } from './listeners.js';

const event = { type: 'pool.started' };

describe('listeners', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('hear what is emitted, in the order in which they came, until they leave', () => {
    const listeners = new Listeners();
    const log: string[] = [];
    expect(listeners.heard).toBe(false);
    const leave = listeners.add(() => log.push('a'));
    listeners.add(() => log.push('b'));
    listeners.emit(event);
    leave();
    leave();
    listeners.emit(event);
    expect([log, listeners.heard]).toEqual([['a', 'b', 'b'], true]);
  });

  it('may be the same function twice, and leave one by one', () => {
    const listeners = new Listeners();
    let heard = 0;
    const listener = (): void => void heard++;
    const leave = listeners.add(listener);
    listeners.add(listener);
    listeners.emit(event);
    leave();
    listeners.emit(event);
    expect(heard).toBe(3);
  });

  it('are not changed by those who come or go during an event', () => {
    const listeners = new Listeners();
    const log: string[] = [];
    const leave = listeners.add(() => {
      leave();
      listeners.add(() => log.push('late'));
      log.push('first');
    });
    listeners.add(() => log.push('second'));
    listeners.emit(event);
    expect(log).toEqual(['first', 'second']);
  });

  it('are isolated: what one throws, or its promise rejects with, is a warning and no more', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const listeners = new Listeners();
    let heard = 0;
    listeners.add(() => {
      throw new Error('password=hunter2');
    });
    listeners.add((() => Promise.reject(new Error('later'))) as () => void);
    listeners.add(() => void heard++);
    listeners.emit(event);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toBe(1);
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      'A listener to resource events failed: password=***',
      'A listener to resource events failed: later',
    ]);
  });
});
