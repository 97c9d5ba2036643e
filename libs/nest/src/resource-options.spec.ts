import { describe, expect, it } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  ManualClock,
  resourceOptionTable,
  ResourceEvents,
  ResourceManager,
  ResourceModule,
  type ResourceModuleOptions,
  ResourceMonitor,
  toStandardSchema,
} from './index.js';

const compile = (options: ResourceModuleOptions) =>
  Test.createTestingModule({ imports: [ResourceModule.forRoot(options)] })
    .setLogger(quiet)
    .compile();

const quiet: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };
const never = (): Promise<never> => new Promise(() => undefined);

describe('the options of ResourceModule', () => {
  it('startTimeout limits the start of everything', async () => {
    const clock = new ManualClock();
    const app = await compile({
      clock,
      startTimeout: 500,
      resources: { db: { start: never } },
      registration: { db: { critical: true } },
      shutdown: { timeout: 100 },
    });
    const failed = expect(app.init()).rejects.toMatchObject({ code: 'RESOURCE_START_FAILED' });
    await clock.advance(1_000);
    await failed;
  });

  it('shutdown.timeout limits the end of everything', async () => {
    const clock = new ManualClock();
    const app = await compile({ clock, shutdown: { timeout: 400 }, resources: { db: { close: never } } });
    await app.init();
    const closed = app.close();
    await clock.advance(400);
    await closed;
    expect(app.get(ResourceManager).report).toMatchObject({ clean: false, registry: { late: ['db'] } });
  });

  it('shutdown.readinessDelay keeps everything running while readiness is false', async () => {
    const clock = new ManualClock();
    let open = true;
    const app = await compile({
      clock,
      shutdown: { readinessDelay: 5_000 },
      resources: { db: { close: () => void (open = false) } },
    });
    await app.init();
    const closed = app.close();
    await clock.advance(4_999);
    expect([app.get(ResourceManager).isReady, open]).toEqual([false, true]);
    await clock.advance(1);
    await closed;
    expect(open).toBe(false);
  });

  it('events.capacity bounds what is remembered', async () => {
    const app = await compile({ events: { capacity: 2 }, resources: { a: {}, b: {}, c: {} } });
    expect(app.get(ResourceEvents).since(0)).toHaveLength(2);
  });

  it('monitor is for the monitor', async () => {
    const app = await compile({ monitor: { groups: { background: [] }, system: false } });
    expect(app.get(ResourceMonitor).groupNames).toContain('background');
  });

  it('are a Standard Schema too', () => {
    const schema = toStandardSchema(resourceOptionTable);
    const result = schema['~standard'].validate({ shutdown: { timeout: -1 } });
    expect(result.issues?.map(({ path }) => path)).toEqual([['shutdown', 'timeout']]);
  });
});
