import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { LifecycleProcess } from '../support/lifecycle-process.js';

describe('the order of start and stop', () => {
  it('is that of the declared dependencies, and the process ends by itself with nothing left', async () => {
    await using app = new LifecycleProcess({
      natural: true,
      resources: { mail: {}, dns: {} },
      registration: { mail: { dependsOn: ['dns'] } },
    });
    await app.port();
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
    const started = app.lines.filter(({ type }) => type === 'resource.started').map(({ resource }) => resource);
    expect(started).toEqual(['dns', 'mail']);
    expect(app.lines.filter(({ closed }) => closed).map(({ closed }) => closed)).toEqual(['mail', 'dns']);
  }, 20_000);

  it('holds without HTTP, in an application context', async () => {
    await using app = new LifecycleProcess({ platform: 'context', natural: true, resources: { dns: {} } });
    await app.said({ running: true });
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(app.events.at(-1)).toBe('application.stopped');
  }, 20_000);
});

describe('a background task that runs', () => {
  it('does not make the promises of the process dearer: nothing follows them', () => {
    const code = `
      import { executionAsyncId } from 'node:async_hooks';
      import { BackgroundTask, ResourceManager, ResourceRegistry } from '@nestjs-resources/core';
      // Where promises are followed, each has an id of its own.
      const areFollowed = async () => {
        const ids = [await null, executionAsyncId(), await null, executionAsyncId()];
        return ids[1] !== ids[3];
      };
      const registry = new ResourceRegistry();
      const manager = new ResourceManager({ registry });
      const run = ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve));
      const task = registry.register('long', new BackgroundTask({ name: 'long', run }));
      await manager.initialize();
      await new Promise(setImmediate);
      console.log(task.state, await areFollowed());
      await manager.shutdown();
      console.log(task.state, await areFollowed());`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
    expect(stdout).toBe('running false\nstopped false\n');
  });
});

describe('a resource that does not start', () => {
  it('stops the boot if it is critical, after what ran was closed', async () => {
    await using app = new LifecycleProcess({
      resources: { dns: {}, db: { start: 'fail' } },
      registration: { db: { critical: true, dependsOn: ['dns'] } },
    });
    expect(await app.exited).toBe(1);
    expect(app.lines).toContainEqual({ closed: 'dns' });
    const { failed, message } = app.lines.find((line) => line['failed']) ?? {};
    expect([failed, message]).toEqual(['RESOURCE_START_FAILED', expect.stringContaining("'db' did not start")]);
  }, 20_000);

  it('is done without if it is not critical, and so is what depends on it', async () => {
    await using app = new LifecycleProcess({
      resources: { cache: { start: 'fail' }, search: {} },
      registration: { search: { dependsOn: ['cache'] } },
    });
    await app.port();
    expect(app.lines).toContainEqual(expect.objectContaining({ type: 'resource.start.failed', resource: 'cache' }));
    expect(app.lines).toContainEqual(expect.objectContaining({ type: 'resource.skipped', resource: 'search' }));
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
  }, 20_000);

  it('is not asked to, if it is lazy', async () => {
    await using app = new LifecycleProcess({
      resources: { reports: { start: 'fail' } },
      registration: { reports: { lazy: true, critical: true } },
    });
    await app.port();
    expect(app.events).not.toContain('resource.starting');
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
  }, 20_000);
});

describe('SIGTERM during start', () => {
  it('gives up what hangs, and closes what ran', async () => {
    await using app = new LifecycleProcess({
      resources: { dns: {}, db: { start: 'hang' } },
      registration: { db: { critical: true, dependsOn: ['dns'] } },
      shutdown: { timeout: 2_000 },
    });
    await app.said({ type: 'resource.starting', resource: 'db' });
    const asked = performance.now();
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(performance.now() - asked).toBeLessThan(5_000);
    expect(app.lines).toContainEqual({ closed: 'dns' });
    expect(app.events).not.toContain('application.ready');
  }, 20_000);

  it('closes what comes up after it was given up', async () => {
    await using app = new LifecycleProcess({
      natural: true,
      resources: { db: { start: 'late' } },
      registration: { db: { critical: true } },
    });
    await app.said({ type: 'resource.starting', resource: 'db' });
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(app.lines).toContainEqual({ closed: 'db' });
  }, 20_000);
});

describe('a resource whose close hangs', () => {
  it('is left behind when the time is over, and named', async () => {
    await using app = new LifecycleProcess({
      resources: { dns: {}, mail: { close: 'hang' } },
      registration: { mail: { dependsOn: ['dns'] } },
      shutdown: { timeout: 1_500 },
    });
    await app.port();
    const asked = performance.now();
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(performance.now() - asked).toBeLessThan(4_000);
    const stopped = app.lines.find(({ type }) => type === 'application.stopped');
    expect(stopped).toMatchObject({ clean: false, summary: expect.stringContaining('mail') });
    expect(app.lines).toContainEqual({ closed: 'dns' });
  }, 20_000);
});

describe('the same signal twice within a second', () => {
  it('is one drain', async () => {
    await using app = new LifecycleProcess({ resources: { dns: {} }, shutdown: { readinessDelay: 600 } });
    await app.port();
    app.signal('SIGTERM');
    await delay(200);
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
    expect(app.events.filter((type) => type === 'application.draining')).toHaveLength(1);
    expect(app.lines.filter(({ closed }) => closed)).toEqual([{ closed: 'dns' }]);
  }, 20_000);
});
