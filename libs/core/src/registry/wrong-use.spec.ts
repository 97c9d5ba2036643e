import { describe, expect, it } from '@jest/globals';

import { never, setUp } from '../../../../test/support/registry-stage.js';
import type { Resource } from '../resource/resource.js';
import { ResourceRegistry } from './resource-registry.js';

const rubbish: readonly unknown[] = [null, NaN, -1, '5', true, 10n, {}, Symbol('five')];

const torn = (): never => {
  throw new Error('torn');
};

describe('a registry that is used wrongly', () => {
  it.each(rubbish)('closes all the same when the time it is given is %p', async (timeout) => {
    const { registry, log } = setUp();
    registry.register('db', { close: () => void log.push('closed') });
    await registry.start();
    expect(await registry.close({ timeout: timeout as number })).toMatchObject({ clean: true });
    expect(log).toEqual(['closed']);
  });

  it.each([5, 'stop', {}, () => undefined])('is not started with %p for a signal', async (signal) => {
    const { registry } = setUp();
    await expect(registry.start({ signal: signal as never })).rejects.toThrow('signal: must be an AbortSignal, got');
  });

  it.each(rubbish)('settles all the same when it is given %p', async (wrong) => {
    const { registry } = setUp();
    expect(await registry.settle(wrong as never)).toEqual([]);
    expect(await registry.settle({ timeout: wrong as never })).toEqual([]);
  });

  it('closes all the same when it is given no options but null', async () => {
    const { registry } = setUp();
    registry.register('db', {});
    expect(await registry.close(null as never)).toMatchObject({ closed: ['db'] });
  });

  it.each(rubbish)('does not start when the time it is given is %p, and says so', async (timeout) => {
    const { registry } = setUp();
    registry.register('db', { start: never });
    await expect(registry.start({ timeout: timeout as number })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  it.each([undefined, null, 7, Symbol('db')])('knows no resource named %p', (name) => {
    const { registry } = setUp();
    registry.register('db', {});
    expect(() => registry.get(name as never)).toThrow(`Resource '${String(name)}' does not exist; registered: db.`);
  });

  it.each([null, 5, [], 'options'])('is not made with %p for its options, nor started with them', async (options) => {
    const refused = /must be an object with options, got/;
    expect(() => new ResourceRegistry(options as never)).toThrow(refused);
    const { registry } = setUp();
    await expect(registry.start(options as never)).rejects.toThrow(refused);
  });

  it.each([
    ['kind', Symbol('pool'), "Resource 'torn': kind: must be a non-empty text, got a symbol"],
    ['kind', '', "Resource 'torn': kind: must be a non-empty text, got ''"],
    ['kind', torn, "Resource 'torn': kind: must not throw, but threw: torn"],
    ['observe', torn, "Resource 'torn': observe: must not throw, but threw: torn"],
  ])('names the resource whose `%s` is %p', (member, value, message) => {
    const { registry } = setUp();
    const get = (): unknown => (value === torn ? torn() : value);
    const resource = Object.defineProperty({}, member, { get });
    expect(() => registry.register('torn', resource)).toThrow(message);
    expect(registry.list()).toEqual([]);
    expect(registry.events.lastSequence).toBe(0);
  });

  it('does not offer a name that is just leaving', async () => {
    const { registry } = setUp();
    registry.register('db', {});
    const leaving = registry.unregister('db');
    expect(() => registry.get('db')).toThrow("Resource 'db' does not exist; nothing is registered.");
    await leaving;
  });

  it.each(['start', 'close', 'quiesce', 'settle', 'getMetrics'] as const)(
    'outlives a resource whose `%s` cannot even be read',
    async (verb) => {
      const { registry, clock } = setUp();
      registry.register('torn', Object.defineProperty({}, verb, { get: torn }) as Resource);
      registry.register('db', {});
      await registry.start();
      expect(Object.keys(registry.getMetrics())).toEqual(['torn', 'db']);
      registry.quiesce();
      await registry.settle({ timeout: 10 });
      const { closed, errors } = await registry.close();
      expect(closed).toEqual(['db', 'torn']);
      expect(errors.map(({ name }) => name)).toEqual(['torn']);
      expect([clock.pending, clock.held]).toEqual([0, false]);
    },
  );
});
