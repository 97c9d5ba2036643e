import { describe, expect, it } from '@jest/globals';

import { clockDelay, journaled, never, setUp } from '../../../../test/support/registry-stage.js';

describe('what is registered', () => {
  it('is found under its name, as the same object', () => {
    const { registry } = setUp();
    const resource = registry.register('db', { url: 'x' });
    expect(registry.get('db')).toBe(resource);
    expect(registry.has('db')).toBe(true);
    expect(registry.entry('db')).toMatchObject({ name: 'db', kind: 'custom', state: 'registered', critical: false });
  });

  it('is critical by kind, unless it is said', () => {
    const { registry } = setUp();
    registry.register('pool', { kind: 'pool' });
    registry.register('source', { kind: 'data-source' });
    registry.register('cache', { kind: 'pool' }, { critical: false });
    registry.register('breaker', { kind: 'breaker' });
    expect(registry.list().map(({ critical }) => critical)).toEqual([true, true, false, false]);
  });

  it('has a name of its own', () => {
    const { registry } = setUp();
    registry.register('db', {});
    expect(() => registry.register('db', {})).toThrow(
      expect.objectContaining({ code: 'RESOURCE_EXISTS' }) as unknown as Error,
    );
  });

  it('says which name was probably meant', () => {
    const { registry } = setUp();
    registry.register('payments', {});
    expect(() => registry.get('payment')).toThrow("Resource 'payment' does not exist; did you mean 'payments'?");
  });

  it('is refused with impossible options, all at once', () => {
    const { registry } = setUp();
    const wrong = { dependOn: ['x'], lazy: 'yes', timeouts: { start: 0 } } as object;
    expect(() => registry.register('db', {}, wrong)).toThrow(/dependOn[\s\S]*lazy[\s\S]*timeouts\.start/);
    expect(() => registry.register(' ', {})).toThrow('non-empty');
    expect(() => registry.register('a', 'text' as unknown as object)).toThrow("must be an object, got 'text'");
    expect(registry.list()).toEqual([]);
  });

  it('gives figures by name, also when one cannot', () => {
    const { registry } = setUp();
    registry.register('a', { getMetrics: () => ({ type: 'pool', name: 'a', size: 2 }) });
    registry.register('b', {
      getMetrics: () => {
        throw new Error('no figures, password=hunter2');
      },
    });
    registry.register('c', { kind: 'mine' });
    expect(registry.getMetrics()).toEqual({
      a: { type: 'pool', name: 'a', size: 2 },
      b: { type: 'custom', name: 'b', error: 'no figures, password=***' },
      c: { type: 'mine', name: 'c' },
    });
  });

  it('tells its own events through the registry, until it is gone', async () => {
    const { registry } = setUp();
    let emit: (event: { type: string }) => void = () => undefined;
    registry.register('db', {
      kind: 'pool',
      observe: (listener) => {
        emit = listener;
        return () => (emit = () => undefined);
      },
    });
    emit({ type: 'pool.started' });
    await registry.unregister('db');
    emit({ type: 'pool.ghost' });
    expect(registry.events.since(0).map(({ type }) => type)).toEqual([
      'resource.registered',
      'pool.started',
      'resource.closing',
      'resource.closed',
      'resource.unregistered',
    ]);
    expect(registry.events.since(1)[0]).toMatchObject({ resource: 'db', kind: 'pool', sequence: 2 });
  });
});

describe('a graph that cannot be put in order', () => {
  it('is refused with all mistakes before anything runs', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'), { dependsOn: ['b'] });
    registry.register('b', journaled(log, 'b'), { after: ['c'] });
    registry.register('c', journaled(log, 'c'), { dependsOn: ['a'] });
    registry.register('orders', journaled(log, 'orders'), { dependsOn: ['postgrs'] });
    registry.register('postgres', journaled(log, 'postgres'));
    const error = await registry.start().catch((reason: unknown) => reason as Error);
    expect(String(error)).toContain('a → b → c → a');
    expect(String(error)).toContain("orders: depends on 'postgrs', which does not exist; did you mean 'postgres'?");
    expect(log).toEqual([]);
  });

  it('can be mended and started', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'), { dependsOn: ['b'] });
    await expect(registry.start()).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    registry.register('b', journaled(log, 'b'));
    await registry.start();
    expect(log).toEqual(['start b', 'start a']);
  });

  it('is closed all the same', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'), { dependsOn: ['b'] });
    registry.register('b', journaled(log, 'b'), { dependsOn: ['a'] });
    expect(await registry.close()).toMatchObject({ clean: true, closed: ['b', 'a'] });
  });
});

describe('quiesce', () => {
  it('tells everybody once, and ends the retries', async () => {
    const { registry, clock, log, types } = setUp();
    registry.register('a', { quiesce: () => void log.push('a') });
    registry.register('b', { quiesce: () => void log.push('b') });
    registry.register('c', {
      quiesce: () => {
        throw new Error('no');
      },
    });
    registry.register('broken', { start: () => Promise.reject(new Error('no')) });
    await registry.start();
    registry.quiesce();
    registry.quiesce();
    expect(log).toEqual(['b', 'a']);
    expect(types()).toContain('c: resource.quiesce.failed');
    expect(clock.pending).toBe(0);
  });

  it('reaches nobody who is closed already', async () => {
    const { registry, log } = setUp();
    const quiesce = (): void => void log.push('quiesce');
    const settle = (): void => void log.push('settle');
    registry.register('cache', { quiesce, settle });
    registry.register('db', { kind: 'pool', quiesce, settle, start: () => Promise.reject(new Error('no')) });
    await expect(registry.start()).rejects.toThrow("'db' did not start");
    registry.quiesce();
    expect(await registry.settle()).toEqual([]);
    expect(log).toEqual([]);
  });

  it('is followed by waiting for what had begun, within a time', async () => {
    const { registry, clock } = setUp();
    registry.register('quick', { settle: () => clockDelay(clock, 10) });
    registry.register('slow', { settle: never });
    registry.register('none', {});
    const settled = registry.settle({ timeout: 100 });
    await clock.advance(100);
    expect(await settled).toEqual(['slow']);
  });
});
