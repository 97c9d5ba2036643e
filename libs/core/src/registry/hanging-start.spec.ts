import { describe, expect, it } from '@jest/globals';

import { clockDelay, journaled, never, setUp } from '../../../../test/support/registry-stage.js';

describe('a start that hangs and does not heed its signal', () => {
  it('is tried again in the background like a failure', async () => {
    const { registry, clock, log, types } = setUp();
    let hanging = 2;
    const start = (): Promise<void> => (hanging-- > 0 ? never() : Promise.resolve(void log.push('start feed')));
    registry.register('feed', journaled(log, 'feed', { start }), { timeouts: { start: 100 } });
    registry.register('ticker', journaled(log, 'ticker'), { dependsOn: ['feed'] });
    const started = registry.start();
    await clock.advance(100);
    await started;
    await clock.advance(3_100);
    expect(log).toEqual(['start feed', 'start ticker']);
    expect(types().filter((type) => type === 'feed: resource.start.failed')).toHaveLength(2);
    expect(await registry.close()).toMatchObject({ clean: true, late: [] });
    expect(log).toEqual(['start feed', 'start ticker', 'close ticker', 'close feed']);
    expect(clock.pending).toBe(0);
  });

  it('is closed with the later one that runs, should it succeed after all', async () => {
    const { registry, clock, log } = setUp();
    const [first, second] = [clockDelay(clock, 5_000), Promise.resolve()];
    const starts = [first, second];
    const start = (): Promise<void> => starts.shift() as Promise<void>;
    registry.register('feed', journaled(log, 'feed', { start }), { timeouts: { start: 100 } });
    const started = registry.start();
    await clock.advance(100);
    await started;
    await clock.advance(10_000);
    expect(registry.entry('feed').state).toBe('running');
    expect(log).toEqual([]);
    await registry.close();
    expect(log).toEqual(['close feed']);
  });

  it('is closed at once if the later one, on its way when it succeeds, fails', async () => {
    const { registry, clock, log } = setUp();
    const failing = (): Promise<void> => clockDelay(clock, 90).then(() => Promise.reject(new Error('no feed')));
    const starts = [() => clockDelay(clock, 1_150), failing, () => Promise.resolve()];
    const start = (): Promise<void> => (starts.shift() as () => Promise<void>)();
    registry.register('feed', journaled(log, 'feed', { start }), { timeouts: { start: 100 } });
    const started = registry.start();
    await clock.advance(100);
    await started;
    await clock.advance(1_080);
    expect([registry.entry('feed').state, log]).toEqual(['starting', []]);
    await clock.advance(10);
    expect([registry.entry('feed').state, log]).toEqual(['failed', ['close feed']]);
    await clock.advance(3_000);
    expect(registry.entry('feed').state).toBe('running');
    await registry.close();
    expect(log).toEqual(['close feed', 'close feed']);
  });

  it('does not keep what an earlier one has opened from being closed', async () => {
    const { registry, clock, log } = setUp();
    const starts = [clockDelay(clock, 1_150), never()];
    const start = (): Promise<void> => starts.shift() as Promise<void>;
    registry.register('feed', journaled(log, 'feed', { start }), { timeouts: { start: 100 } });
    const started = registry.start();
    await clock.advance(100);
    await started;
    await clock.advance(1_060);
    expect(registry.entry('feed').state).toBe('starting');
    expect(await registry.close()).toMatchObject({ closed: ['feed'], late: [] });
    expect(log).toEqual(['close feed']);
  });

  it('is not called a sixth time while five calls hang', async () => {
    const { registry, clock } = setUp();
    const ends: (() => void)[] = [];
    const start = (): Promise<void> => new Promise((_resolve, reject) => ends.push(() => reject(new Error('at last'))));
    registry.register('feed', { start }, { timeouts: { start: 100 } });
    const started = registry.start();
    await clock.advance(100);
    await started;
    await clock.advance(1_000_000);
    expect(ends).toHaveLength(5);
    ends[0]?.();
    await clock.advance(100_000);
    expect(ends).toHaveLength(6);
    const closed = registry.close();
    await clock.advance(25_000);
    expect(await closed).toMatchObject({ clean: false, late: ['feed'] });
    expect(clock.pending).toBe(0);
  });
});
