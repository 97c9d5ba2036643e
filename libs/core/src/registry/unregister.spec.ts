import { describe, expect, it } from '@jest/globals';

import { clockDelay, journaled, setUp, untilAborted } from '../../../../test/support/registry-stage.js';
import type { Resource } from '../resource/resource.js';

describe('unregister', () => {
  it('closes, and frees the name', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'));
    await registry.unregister('a');
    expect(log).toEqual(['close a']);
    expect(registry.has('a')).toBe(false);
    registry.register('a', journaled(log, 'a'));
  });

  it('reports an error and throws none', async () => {
    const { registry, types } = setUp();
    const error = new Error('torn');
    registry.register('a', { close: () => Promise.reject(error) });
    expect(await registry.unregister('a')).toMatchObject({ clean: false, errors: [error] });
    expect(types()).toContain('a: resource.close.failed');
  });

  it('is refused while something that runs depends on it', async () => {
    const { registry } = setUp();
    registry.register('db', {});
    registry.register('orders', {}, { dependsOn: ['db'] });
    await registry.start();
    await expect(registry.unregister('db')).rejects.toMatchObject({ code: 'RESOURCE_IN_USE', dependants: ['orders'] });
    await registry.unregister('orders');
    await registry.unregister('db');
  });

  it('keeps the name until it is closed', async () => {
    const { registry, clock } = setUp();
    registry.register('a', { close: () => clockDelay(clock, 10) });
    const unregistered = registry.unregister('a');
    expect(registry.has('a')).toBe(false);
    expect(() => registry.register('a', {})).toThrow('still closing');
    await expect(registry.unregister('a')).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
    await clock.advance(10);
    await unregistered;
  });

  it('while everything closes, waits for its place in that', async () => {
    const { registry, clock, log, types } = setUp();
    const slow = (name: string): Resource =>
      journaled(log, name, { close: () => clockDelay(clock, 10).then(() => void log.push(`close ${name}`)) });
    registry.register('db', slow('db'));
    registry.register('orders', slow('orders'), { dependsOn: ['db'] });
    await registry.start();
    const closed = registry.close();
    const unregistered = Promise.all([registry.unregister('db'), registry.unregister('db')]);
    await clock.advance(20);
    await Promise.all([closed, unregistered]);
    expect(log).toEqual(['start db', 'start orders', 'close orders', 'close db']);
    expect(types().filter((type) => type === 'db: resource.unregistered')).toHaveLength(1);
  });

  it('in the midst of a close does not confuse its order', async () => {
    const { registry, clock, log } = setUp();
    const slow = (name: string): Resource =>
      journaled(log, name, { close: () => clockDelay(clock, 10).then(() => void log.push(`close ${name}`)) });
    registry.register('db', slow('db'));
    registry.register('orders', slow('orders'), { dependsOn: ['db'] });
    registry.register('outbox', slow('outbox'), { dependsOn: ['orders'] });
    registry.register('reports', slow('reports'), { dependsOn: ['outbox'], lazy: true });
    await registry.start();
    const unregistered = registry.unregister('outbox');
    const closed = registry.close();
    await clock.advance(100);
    await Promise.all([closed, unregistered]);
    expect(log.indexOf('close orders')).toBeLessThan(log.indexOf('close db'));
    expect(log.filter((line) => line.startsWith('close')).toSorted()).toEqual([
      'close db',
      'close orders',
      'close outbox',
      'close reports',
    ]);
  });

  it('gives up a start that is under way, and a retry that is due', async () => {
    const { registry, clock } = setUp();
    await registry.start();
    registry.register('slow', { start: ({ signal }) => untilAborted(signal) });
    const started = expect(registry.started('slow')).rejects.toMatchObject({ code: 'RESOURCE_UNREGISTERED' });
    registry.register('broken', { start: () => Promise.reject(new Error('no')) });
    await clock.advance(0);
    await Promise.all([registry.unregister('slow'), registry.unregister('broken')]);
    await started;
    expect(clock.pending).toBe(0);
  });
});
