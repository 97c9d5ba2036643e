import { describe, expect, it } from '@jest/globals';

import { journaled, never, setUp } from '../../../../test/support/registry-stage.js';
import type { CloseReport } from '../resource/close-report.js';
import type { CloseContext } from '../resource/resource.js';
import { RegistryClosedError } from './registry-closed.error.js';

describe('close', () => {
  it('is joined, and is for good', async () => {
    const { registry, log } = setUp();
    registry.register('a', journaled(log, 'a'));
    const [first, second] = await Promise.all([registry.close(), registry.close()]);
    expect(first).toBe(second);
    expect(log).toEqual(['close a']);
    expect(() => registry.register('b', {})).toThrow(RegistryClosedError);
    await expect(registry.start()).rejects.toBeInstanceOf(RegistryClosedError);
  });

  it('ends what has a dispose symbol or nothing at all', async () => {
    const { registry, log } = setUp();
    registry.register('async', { [Symbol.asyncDispose]: () => Promise.resolve(log.push('async')) });
    registry.register('sync', { [Symbol.dispose]: () => void log.push('sync') });
    registry.register('both', {
      close: () => undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(log.push('both')),
    });
    registry.register('nothing', {});
    const report = await registry.close();
    expect(log).toEqual(['both', 'sync', 'async']);
    expect(report).toMatchObject({ clean: true, closed: expect.arrayContaining(['nothing']) as unknown as string[] });
  });

  it('names who was late and who held what', async () => {
    const { registry, clock } = setUp();
    registry.register('hangs', { close: never });
    const report: CloseReport = {
      clean: false,
      duration: 5,
      destroyed: 1,
      holders: [{ label: 'export', heldFor: 900 }],
      errors: [new Error('torn')],
    };
    registry.register('pool', { kind: 'pool', close: () => report }, { after: ['hangs'] });
    await registry.start();
    const closed = registry.close({ timeout: 1_000 });
    await clock.advance(1_000);
    expect(await closed).toMatchObject({
      clean: false,
      duration: 1_000,
      closed: ['pool'],
      late: ['hangs'],
      holders: [{ resource: 'pool', label: 'export', heldFor: 900 }],
      errors: [{ name: 'hangs' }, { name: 'pool' }],
    });
    expect(clock.pending).toBe(0);
    expect(clock.held).toBe(false);
  });

  it('gives each resource the time until which it may be graceful, within that of the whole', async () => {
    const { registry, clock } = setUp();
    const deadlines: number[] = [];
    const close = ({ deadline }: CloseContext): void => void deadlines.push(deadline - clock.now());
    registry.register('quick', { close }, { timeouts: { close: 100 } });
    registry.register('usual', { close });
    registry.register('long', { close }, { timeouts: { close: Infinity } });
    await registry.close({ timeout: 20_000 });
    expect(deadlines).toEqual([19_000, 10_000, 100]);
  });

  it('calls everything also when the time is over', async () => {
    const { registry, clock, log } = setUp();
    registry.register(
      'a',
      journaled(log, 'a', { close: () => Promise.resolve().then(() => void log.push('close a')) }),
    );
    registry.register('b', journaled(log, 'b', { close: never }), { dependsOn: ['a'] });
    await registry.start();
    const closed = registry.close({ timeout: 100 });
    await clock.advance(100);
    expect(await closed).toMatchObject({ closed: ['a'], late: ['b'] });
  });
});
