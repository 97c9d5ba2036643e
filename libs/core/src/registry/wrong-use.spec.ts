import { describe, expect, it } from '@jest/globals';

import { never, setUp } from '../../../../test/support/registry-stage.js';
import type { Resource } from '../resource/resource.js';

const rubbish: readonly unknown[] = [null, NaN, -1, '5', true, 10n, {}, Symbol('five')];

describe('a registry that is used wrongly', () => {
  it.each(rubbish)('closes all the same when the time it is given is %p', async (timeout) => {
    const { registry, log } = setUp();
    registry.register('db', { close: () => void log.push('closed') });
    await registry.start();
    expect(await registry.close({ timeout: timeout as number })).toMatchObject({ clean: true });
    expect(log).toEqual(['closed']);
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

  it.each(['start', 'close', 'quiesce', 'settle', 'getMetrics'] as const)(
    'outlives a resource whose `%s` cannot even be read',
    async (verb) => {
      const { registry, clock } = setUp();
      const torn = {
        get [verb](): never {
          throw new Error('torn');
        },
      };
      registry.register('torn', torn as Resource);
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
