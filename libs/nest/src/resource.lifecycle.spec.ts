import { describe, expect, it } from '@jest/globals';
import {
  type BeforeApplicationShutdown,
  Injectable,
  type LoggerService,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  type CallContext,
  type EventRecord,
  ManagedTask,
  OnResourceEvent,
  type Resource,
  ResourceEvents,
  ResourceEventStream,
  ResourceHealthCheck,
  ResourceManager,
  ResourceModule,
  type ResourceModuleOptions,
  ResourceMonitor,
  ResourceRegistry,
} from './index.js';

/** Writes down what happens, in order. */
function recorder() {
  const lines: string[] = [];
  const resource = (name: string): Resource => ({
    start: () => void lines.push(`${name} starts`),
    quiesce: () => void lines.push(`${name} quiesces`),
    close: () => void lines.push(`${name} closes`),
  });
  return { lines, resource };
}

async function start(options: ResourceModuleOptions, ...providers: (new (...args: never[]) => object)[]) {
  const logged: string[] = [];
  const write = (message: string): void => void logged.push(message);
  const logger: LoggerService = { log: write, warn: write, error: write, debug: () => undefined };
  const app = await Test.createTestingModule({ imports: [ResourceModule.forRoot(options)], providers })
    .setLogger(logger)
    .compile();
  return { app, logged };
}

describe('ResourceLifecycle', () => {
  it('starts before, and closes after, everything that may need a resource', async () => {
    const { lines, resource } = recorder();
    @Injectable()
    class Orders implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
      onModuleInit = (): void => void lines.push('orders init');
      onModuleDestroy = (): void => void lines.push('orders destroy');
      beforeApplicationShutdown = (): void => void lines.push('orders before shutdown');
      onApplicationShutdown = (): void => void lines.push('orders shutdown');
    }
    @Module({ providers: [Orders] })
    class OrdersModule {}

    const app = await Test.createTestingModule({
      imports: [OrdersModule, ResourceModule.forRoot({ resources: { smtp: resource('smtp') } })],
    }).compile();
    await app.init();
    await app.close();

    expect(lines).toEqual([
      'smtp starts',
      'orders init',
      'orders destroy',
      'smtp quiesces',
      'orders before shutdown',
      'orders shutdown',
      'smtp closes',
    ]);
  });

  it('follows the declared order between resources', async () => {
    const { lines, resource } = recorder();
    const { app } = await start({
      resources: { mail: resource('mail'), dns: resource('dns') },
      registration: { mail: { dependsOn: ['dns'] } },
    });
    await app.init();
    await app.close();
    expect(lines.filter((line) => !line.includes('quiesces'))).toEqual([
      'dns starts',
      'mail starts',
      'mail closes',
      'dns closes',
    ]);
  });

  it('fails the boot, and closes what ran, when a critical resource does not start', async () => {
    const { lines, resource } = recorder();
    const broken: Resource = { start: () => Promise.reject(new Error('no route to host')) };
    const { app } = await start({
      resources: { dns: resource('dns'), db: broken },
      registration: { db: { critical: true, dependsOn: ['dns'] } },
    });
    await expect(app.init()).rejects.toMatchObject({ code: 'RESOURCE_START_FAILED' });
    expect(lines.filter((line) => !line.includes('quiesces'))).toEqual(['dns starts', 'dns closes']);
  });

  it('boots without what is not critical, and says so', async () => {
    const broken: Resource = { start: () => Promise.reject(new Error('no route to host')) };
    const { app, logged } = await start({ resources: { cache: broken } });
    await app.init();
    expect(app.get(ResourceManager).isReady).toBe(true);
    expect(logged).toContainEqual(expect.stringMatching(/resource\.start\.failed 'cache'.*no route to host/));
    await app.close();
  });

  it('aborts a start that is under way, and closes what it brings late', async () => {
    const { lines, resource } = recorder();
    let started = (): void => undefined;
    const slow: Resource = {
      start: ({ signal }) =>
        new Promise((_resolve, reject) => {
          started();
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    };
    const { app } = await start({
      resources: { dns: resource('dns'), db: slow },
      registration: { db: { critical: true, dependsOn: ['dns'] } },
    });
    const reached = new Promise<void>((resolve) => (started = resolve));
    const failed = expect(app.init()).rejects.toThrow();
    await reached;
    const manager = app.get(ResourceManager);
    manager.quiesce();
    await manager.shutdown();
    await failed;
    expect(lines.filter((line) => !line.includes('quiesces'))).toEqual(['dns starts', 'dns closes']);
    expect(manager.phase).toBe('stopped');
  });

  it('ends with one line that says how it went', async () => {
    const { app, logged } = await start({ resources: { smtp: recorder().resource('smtp') } });
    await app.init();
    await app.close();
    expect(logged.at(-1)).toBe(app.get(ResourceManager).report?.summary);
  });

  it('never rejects on the way down, whatever a resource does', async () => {
    const { app, logged } = await start({
      resources: { bad: { close: () => Promise.reject(new Error('password=hunter2')) } },
    });
    await app.init();
    await app.close();
    expect(app.get(ResourceManager).report?.clean).toBe(false);
    expect(logged.join()).toContain('bad');
    expect(logged.join()).not.toContain('hunter2');
  });
});

describe('decorated methods', () => {
  it('run as tasks from start to stop', async () => {
    @Injectable()
    class Worker {
      state = 'idle';
      @ManagedTask({ restartOnFailure: true })
      async work({ signal }: CallContext): Promise<void> {
        this.state = 'working';
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        this.state = 'stopped';
      }
    }
    const { app } = await start({}, Worker);
    await app.init();
    expect(app.get(ResourceRegistry).entry('Worker.work')).toMatchObject({ kind: 'task', state: 'running' });
    expect(app.get(Worker).state).toBe('working');
    await app.close();
    expect(app.get(Worker).state).toBe('stopped');
  });

  it('are health checks of the monitor', async () => {
    @Injectable()
    class Disk {
      readonly status = 'DEGRADED';
      @ResourceHealthCheck('disk', { groups: ['ready'] })
      check() {
        return { status: this.status, reason: 'nearly full' } as const;
      }
    }
    const { app } = await start({}, Disk);
    await app.init();
    await app.get(ResourceMonitor).refresh('disk');
    expect(app.get(ResourceMonitor).getHealthSummary('ready').resources).toHaveProperty('disk');
    await app.close();
  });

  it('hear every event, from the registration to the very end', async () => {
    @Injectable()
    class Audit {
      readonly heard: string[] = [];
      readonly smtp: string[] = [];
      @OnResourceEvent()
      all({ type }: EventRecord): void {
        this.heard.push(type);
      }
      @OnResourceEvent({ type: 'resource.*', resource: 'smtp' })
      ofSmtp({ type }: EventRecord): void {
        this.smtp.push(type);
      }
    }
    const { app } = await start({ resources: { smtp: {} } }, Audit);
    await app.init();
    await app.close();
    expect(app.get(Audit).heard).toEqual(
      app
        .get(ResourceEvents)
        .since(0)
        .map(({ type }) => type),
    );
    expect(app.get(Audit).smtp).toEqual([
      'resource.registered',
      'resource.starting',
      'resource.started',
      'resource.closing',
      'resource.closed',
    ]);
  });

  it('may be several things at once', async () => {
    @Injectable()
    class Both {
      readonly heard: string[] = [];
      @OnResourceEvent('application.ready')
      @OnResourceEvent(['application.draining', 'application.stopped'])
      hear({ type }: EventRecord): void {
        this.heard.push(type);
      }
    }
    const { app } = await start({}, Both);
    await app.init();
    await app.close();
    expect(app.get(Both).heard).toEqual(['application.ready', 'application.draining', 'application.stopped']);
  });
});

describe('ResourceEventStream', () => {
  it('completes when the application has stopped', async () => {
    const { app } = await start({});
    const heard: string[] = [];
    let completed = false;
    app.get(ResourceEventStream).events$.subscribe({
      next: ({ type }) => heard.push(type),
      complete: () => (completed = true),
    });
    await app.init();
    await app.close();
    expect([heard.at(-1), completed]).toEqual(['application.stopped', true]);
  });
});
