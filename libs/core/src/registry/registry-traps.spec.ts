import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { Resource } from '../resource/resource.js';
import { ResourceRegistry } from './resource-registry.js';

const never = (): Promise<never> => new Promise(() => undefined);

function closing(log: string[], name: string, close: Resource['close'] = () => undefined): Resource {
  return { close: (context) => (log.push(name), close(context)) };
}

describe('traps of the registry', () => {
  it('B-R-1: closes in the reverse order of registration, and dependants before what they depend on', async () => {
    const log: string[] = [];
    const registry = new ResourceRegistry();
    registry.register('orders', closing(log, 'orders'), { dependsOn: ['db'] });
    registry.register('db', closing(log, 'db'));
    registry.register('mail', closing(log, 'mail'));
    registry.register('cache', closing(log, 'cache'));
    await registry.start();
    await registry.close();
    expect(log).toEqual(['cache', 'mail', 'orders', 'db']);
  });

  it('B-R-2: one that hangs does not keep the others from closing', async () => {
    const log: string[] = [];
    const clock = new ManualClock();
    const registry = new ResourceRegistry({ clock, closeTimeout: 100 });
    registry.register('db', closing(log, 'db'));
    registry.register('hangs', closing(log, 'hangs', never), { dependsOn: ['db'] });
    registry.register('mail', closing(log, 'mail'));
    const closed = registry.close();
    await clock.advance(0);
    expect(log).toEqual(['mail', 'hangs']);
    await clock.advance(110);
    expect(await closed).toMatchObject({ clean: false, late: ['hangs'], closed: ['mail', 'db'] });
  });

  it('B-R-3: a close may use the registry, and the others are there meanwhile', async () => {
    const registry = new ResourceRegistry();
    registry.register('other', { size: 1 });
    let seen: unknown;
    registry.register('leaving', {
      close: async () => {
        seen = registry.get('other');
        registry.register('heir', {});
        await registry.unregister('heir');
      },
    });
    const leaving = registry.unregister('leaving');
    expect(registry.get('other')).toEqual({ size: 1 });
    await leaving;
    expect(seen).toEqual({ size: 1 });
  });

  it('B-R-4: an asynchronous getMetrics puts no promise among the figures', async () => {
    const registry = new ResourceRegistry();
    const getMetrics = (): Promise<never> => Promise.reject(new Error('no'));
    registry.register('a', { getMetrics } as object);
    expect(registry.getMetrics()['a']).toMatchObject({
      type: 'custom',
      error: expect.stringContaining('promise') as unknown as string,
    });
    await registry.close();
  });

  it('B-R-5: says what there is, in which state, and tells what happens', async () => {
    class Feed {
      readonly price = 7;
    }
    const registry = new ResourceRegistry();
    registry.register('feed', new Feed());
    const { price }: Feed = registry.get<Feed>('feed');
    expect([price, registry.has('feed'), registry.has('none')]).toEqual([7, true, false]);
    await registry.start();
    expect(registry.entry('feed').state).toBe('running');
    expect(registry.events.since(0).map(({ type }) => type)).toEqual([
      'resource.registered',
      'resource.starting',
      'resource.started',
    ]);
  });

  it('B-R-6: a second close waits for the end of the first', async () => {
    const clock = new ManualClock();
    const registry = new ResourceRegistry({ clock });
    registry.register('slow', { close: () => new Promise<void>((resolve) => void clock.schedule(50, resolve)) });
    const ended: string[] = [];
    const first = registry.close().then(() => ended.push('first'));
    const second = registry.close().then(() => ended.push('second'));
    await clock.advance(49);
    expect(ended).toEqual([]);
    await clock.advance(1);
    await Promise.all([first, second]);
    expect(ended).toEqual(['first', 'second']);
  });
});
