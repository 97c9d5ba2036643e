import { describe, expect, it } from '@jest/globals';
import { Injectable, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  CircuitBreaker,
  CircuitBreakerService,
  definePool,
  drainHttpServer,
  ManagedTask,
  OnResourceEvent,
  PoolService,
  ResourceHealthCheck,
  ResourceHealthIndicator,
  ResourceModule,
} from './index.js';

const pool = definePool({ create: () => ({}) });

/** Boots `metadata`, and lets `use` have the application before it is closed. */
async function boot<R>(metadata: ModuleMetadata, use: (get: <T>(type: Type<T>) => T) => R | Promise<R>): Promise<R> {
  const app = await Test.createTestingModule(metadata).compile();
  try {
    await app.init();
    return await use((type) => app.get(type));
  } finally {
    await app.close();
  }
}

const fails = (...imports: NonNullable<ModuleMetadata['imports']>) => expect(boot({ imports }, () => 'booted')).rejects;

describe('the module, used wrongly', () => {
  it.each([null, 5, 'options', []])('refuses %p for its options', (wrong) => {
    const refused = /^ResourceModule\.for\w+: must be an object with options, got/;
    expect(() => ResourceModule.forRoot(wrong as never)).toThrow(refused);
    expect(() => ResourceModule.forRootAsync(wrong as never)).toThrow(refused);
    expect(() => ResourceModule.forFeature(wrong as never)).toThrow(refused);
  });

  it('refuses names that are no list of names, or are there twice', () => {
    const promise = (pools: unknown) => () => ResourceModule.forRootAsync({ pools, useFactory: () => ({}) } as never);
    for (const wrong of ['smtp', 5, [''], [Symbol('smtp')]]) {
      expect(promise(wrong)).toThrow('pools: must be a list of names');
      expect(() => ResourceModule.forFeature({ use: { pools: wrong } } as never)).toThrow('use.pools: must be a list');
    }
    expect(promise(['smtp', 'smtp'])).toThrow("ResourceModule.forRootAsync: pools: names 'smtp' twice");
  });

  it('takes its options from one place', () => {
    class Factory {
      createResourceOptions = () => ({});
    }
    const both = { useFactory: () => ({}), useClass: Factory };
    expect(() => ResourceModule.forRootAsync(both)).toThrow('can be given, got useFactory and useClass');
    expect(() => ResourceModule.forRootAsync({ useFactory: 5 } as never)).toThrow('one of useFactory, useClass');
  });

  it('says that a class makes no options', async () => {
    class Empty {}
    const words = 'Empty must have a method createResourceOptions(), which returns the options. Implement';
    await fails(ResourceModule.forRootAsync({ useClass: Empty as never })).toThrow(`forRootAsync: useClass: ${words}`);
    @Module({ providers: [Empty], exports: [Empty] })
    class Settings {}
    const existing = ResourceModule.forRootAsync({ imports: [Settings], useExisting: Empty as never });
    await fails(existing).toThrow(`forRootAsync: useExisting: ${words}`);
  });

  it.each([null, 5, {}, []])('drains the server of no application: %p', (wrong) => {
    const words = 'drainHttpServer: app: must be a NestJS application with an HTTP server, got';
    expect(() => drainHttpServer(wrong as never)).toThrow(words);
  });

  it('says that there is no root: imported by itself, or only as a feature', async () => {
    await fails(ResourceModule).toThrow('ResourceModule.forRoot() is not imported by any module. Import it once, in');
    const feature = ResourceModule.forFeature({ pools: { smtp: pool } });
    await fails(feature).toThrow('needed by forFeature: import ResourceModule.forRoot() in your root module');
  });

  it('may be imported by itself beside the root', async () => {
    @Module({ imports: [ResourceModule] })
    class Orders {}
    const imports = [ResourceModule.forRoot({ pools: { smtp: pool } }), Orders];
    expect(await boot({ imports }, (get) => get(PoolService).list())).toEqual(['smtp']);
  });

  it.each([5, 'often', [], true])('refuses %p as a rule of a breaker, or as a configuration', async (wrong) => {
    const text = 'must be an object: the options of a circuit breaker';
    const configs = { shared: wrong } as never;
    await fails(ResourceModule.forRoot({ breakers: { pay: wrong } as never })).toThrow(`breakers.pay: ${text}`);
    await fails(ResourceModule.forRoot({ configs })).toThrow(`configs.shared: ${text}`);
    await fails(ResourceModule.forRoot({ configs, breakers: { pay: { config: 'shared' } } })).toThrow(text);
  });

  it.each(['pools', 'breakers', 'resources', 'registration', 'configs'])('refuses null for `%s`', async (group) => {
    await fails(ResourceModule.forRoot({ [group]: null })).toThrow(`${group}: must be an object, by name`);
  });
});

describe('the services, used wrongly', () => {
  it('make nothing of what is neither a definition nor a rule', async () => {
    await boot({ imports: [ResourceModule.forRoot()] }, (get) => {
      for (const wrong of [null, undefined, 5, {}]) {
        expect(() => get(PoolService).create('smtp', wrong as never)).toThrow(
          "Pool 'smtp': must be made with definePool",
        );
      }
      for (const wrong of [5, 'often', []]) {
        expect(() => get(CircuitBreakerService).create('pay', wrong as never)).toThrow(
          "Circuit breaker 'pay': must be an",
        );
      }
      expect([get(PoolService).list(), get(CircuitBreakerService).list()]).toEqual([[], []]);
    });
  });

  it('say nothing of the health of a pool that was asked for wrongly', async () => {
    await boot({ imports: [ResourceModule.forRoot({ pools: { smtp: pool } })] }, async (get) => {
      const indicator = get(ResourceHealthIndicator);
      for (const wrong of [null, 5, { timeout: -1 }, { timeout: '5' }]) {
        await expect(indicator.ping('smtp', wrong as never)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
      }
      expect(await indicator.ping('smtp')).toMatchObject({ smtp: { status: 'up' } });
    });
  });
});

describe('decorators, used wrongly', () => {
  const decorators = {
    ManagedTask: ManagedTask(),
    ResourceHealthCheck: ResourceHealthCheck('disk'),
    OnResourceEvent: OnResourceEvent(),
  };

  it.each(Object.entries(decorators))('@%s stands on nothing but methods of instances', (name, given) => {
    class Outbox {
      static drain(): void {}
      get state(): string {
        throw new Error('read');
      }
    }
    const decorate = given as (target: object, key?: string, descriptor?: PropertyDescriptor) => void;
    const on = (target: object, key: string) => () =>
      decorate(target, key, Object.getOwnPropertyDescriptor(target, key));
    const refused = (where: string) =>
      `@${name} stands on ${where}, which is not a method of instances. Put it on one.`;
    expect(on(Outbox.prototype, 'state')).toThrow(refused('Outbox.state'));
    expect(on(Outbox.prototype, 'property')).toThrow(refused('Outbox.property'));
    expect(on(Outbox, 'drain')).toThrow(refused('static Outbox.drain'));
    expect(() => decorate(Outbox)).toThrow(refused('class Outbox'));
  });

  it.each([null, 5])('refuse %p for their options where it is written', (wrong) => {
    const refused = /^@\w+: must be an object with options, got/;
    expect(() => ManagedTask(wrong as never)).toThrow(refused);
    expect(() => OnResourceEvent(wrong as never)).toThrow(refused);
    expect(() => CircuitBreaker(wrong as never)).toThrow(refused);
    expect(() => CircuitBreaker('pay', wrong as never)).toThrow(refused);
  });

  it('are obeyed on methods called by a symbol too, also on inherited ones', async () => {
    const tick = Symbol('tick');
    const heard = Symbol('heard');
    const journal: string[] = [];
    class Base {
      @ManagedTask({ name: 'ticking' })
      async [tick](): Promise<void> {
        journal.push('tick');
      }
    }
    @Injectable()
    class Clock extends Base {
      @OnResourceEvent('task.completed')
      [heard](): void {
        journal.push('heard');
      }
    }
    await boot({ imports: [ResourceModule.forRoot()], providers: [Clock] }, () => undefined);
    expect(journal).toEqual(['tick', 'heard']);
  });
});
