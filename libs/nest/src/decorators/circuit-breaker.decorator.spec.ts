import { describe, expect, it, jest } from '@jest/globals';
import { Injectable, Module, Scope } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';

import {
  CallTimeoutError,
  CircuitBreaker,
  CircuitBreakerOpenError,
  CircuitBreakerService,
  type ConnectionPool,
  definePool,
  InjectPool,
  ManualClock,
  ResourceModule,
  ResourceRegistry,
} from '../index.js';
import { start } from './start-application.fixture.js';

const broken = new Error('no answer');

describe('@CircuitBreaker on a provider', () => {
  @Injectable()
  class Payments {
    healthy = true;
    calls = 0;

    @CircuitBreaker('payments', { fallback: 'payLater' })
    async pay(order: number): Promise<string> {
      this.calls++;
      if (!this.healthy) throw broken;
      return `paid ${order}`;
    }

    payLater(order: number, error: unknown): string {
      return `later ${order}: ${(error as Error).name}`;
    }

    @CircuitBreaker('payments')
    async check(): Promise<boolean> {
      if (!this.healthy) throw broken;
      return true;
    }
  }
  const options = { breakers: { payments: { failureThreshold: 2 } } };

  it('calls through the declared breaker, with the instance and the arguments', async () => {
    const app = await start(options, Payments);
    expect(await app.get(Payments).pay(7)).toBe('paid 7');
    expect(app.get(CircuitBreakerService).get('payments').getMetrics().totalSuccesses).toBe(1);
    await app.close();
  });

  it('answers by the fallback when the call fails, and when the circuit is open', async () => {
    const app = await start(options, Payments);
    const payments = app.get(Payments);
    payments.healthy = false;

    expect(await payments.pay(1)).toBe('later 1: Error');
    expect(await payments.pay(2)).toBe('later 2: Error');
    expect(await payments.pay(3)).toBe('later 3: CircuitBreakerOpenError');
    expect(payments.calls).toBe(2);
    await app.close();
  });

  it('shares one breaker between the methods that name it', async () => {
    const app = await start(options, Payments);
    const payments = app.get(Payments);
    payments.healthy = false;
    await payments.pay(1);
    await payments.pay(2);
    await expect(payments.check()).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    await app.close();
  });

  it('rethrows the very error of the method', async () => {
    const app = await start(options, Payments);
    const payments = app.get(Payments);
    payments.healthy = false;
    await expect(payments.check()).rejects.toBe(broken);
    await app.close();
  });

  it('keeps several applications in one process apart', async () => {
    const [one, two] = [await start(options, Payments), await start(options, Payments)];
    one.get(Payments).healthy = false;
    await one.get(Payments).pay(1);
    await one.get(Payments).pay(2);

    expect(one.get(CircuitBreakerService).get('payments').state).toBe('open');
    expect(two.get(CircuitBreakerService).get('payments').state).toBe('closed');
    expect(await two.get(Payments).pay(3)).toBe('paid 3');
    await one.close();
    await two.close();
  });

  it('lets calls of a bare instance straight through', async () => {
    const payments = new Payments();
    payments.healthy = false;
    for (let call = 0; call < 5; call++) await expect(payments.pay(1)).rejects.toBe(broken);
    expect(payments.calls).toBe(5);
  });

  it('guards inherited methods of a subclass, on the subclass', async () => {
    @Injectable()
    class TestPayments extends Payments {
      override payLater(): string {
        return 'from the subclass';
      }
    }
    const app = await start(options, TestPayments);
    const payments = app.get(TestPayments);
    payments.healthy = false;
    expect(await payments.pay(1)).toBe('from the subclass');
    await app.close();
  });

  it('guards request-scoped instances by one breaker', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @CircuitBreaker('payments')
      async pay(): Promise<this> {
        return this;
      }
    }
    const app = await start(options, Scoped);
    const [one, two] = [await app.resolve(Scoped), await app.resolve(Scoped)];
    expect(await one.pay()).toBe(one);
    expect(await two.pay()).toBe(two);
    expect(app.get(CircuitBreakerService).get('payments').getMetrics().totalSuccesses).toBe(2);
    await app.close();
  });

  it('guards an instance that a factory has made', async () => {
    const app = await Test.createTestingModule({
      imports: [ResourceModule.forRoot(options)],
      providers: [{ provide: 'payments', useFactory: () => new Payments() }],
    }).compile();
    await app.init();
    await app.get<Payments>('payments').pay(1);
    expect(app.get(CircuitBreakerService).get('payments').getMetrics().totalSuccesses).toBe(1);
    await app.close();
  });

  it('keeps the name and the length of the method', () => {
    expect([Payments.prototype.pay.name, Payments.prototype.pay.length]).toEqual(['pay', 1]);
  });

  it('finds another breaker after the one it knew was removed', async () => {
    const app = await start(options, Payments);
    const breakers = app.get(CircuitBreakerService);
    await app.get(Payments).pay(1);
    await breakers.remove('payments');
    const successor = breakers.create('payments');
    await app.get(Payments).pay(2);
    expect(successor.getMetrics().totalSuccesses).toBe(1);
    await app.close();
  });
});

describe('@CircuitBreaker when its breaker was removed', () => {
  it('rejects, and does not call the method unguarded', async () => {
    class Service {
      calls = 0;
      @CircuitBreaker('service')
      async load(): Promise<number> {
        return ++this.calls;
      }
    }
    const app = await start({ breakers: { service: {} } }, Service);
    await app.get(CircuitBreakerService).remove('service');
    await expect(app.get(Service).load()).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
    expect(app.get(Service).calls).toBe(0);
    await app.close();
  });

  it('makes the breaker again that it declares itself', async () => {
    class Service {
      @CircuitBreaker({ name: 'own' })
      async load(): Promise<string> {
        return 'loaded';
      }
    }
    const app = await start({}, Service);
    await app.get(CircuitBreakerService).remove('own');
    expect(await app.get(Service).load()).toBe('loaded');
    expect(app.get(CircuitBreakerService).list()).toEqual(['own']);
    await app.close();
  });
});

describe('@CircuitBreaker with options', () => {
  it('declares a breaker named after class and method', async () => {
    class Rates {
      @CircuitBreaker({ failureThreshold: 3 })
      async load(): Promise<number> {
        return 1;
      }
    }
    const app = await start({}, Rates);
    expect(app.get(CircuitBreakerService).get('Rates.load').getMetrics().failureThreshold).toBe(3);
    await app.close();
  });

  it('takes shared configurations and the defaults of the module', async () => {
    class Rates {
      @CircuitBreaker({ name: 'rates', config: 'patient' })
      async load(): Promise<number> {
        return 1;
      }
    }
    const configs = { base: { failureThreshold: 9 }, patient: { config: 'base', halfOpenMaxCalls: 2 } };
    const app = await start(
      { configs, defaults: { breaker: { failureThreshold: 4 } }, breakers: { other: {} } },
      Rates,
    );
    const breakers = app.get(CircuitBreakerService);
    expect(breakers.get('rates').getMetrics().failureThreshold).toBe(9);
    expect(breakers.get('other').getMetrics().failureThreshold).toBe(4);
    await app.close();
  });
});

describe('the options of one use', () => {
  it('limit each call, as a failure of the breaker', async () => {
    const clock = new ManualClock();
    class Slow {
      @CircuitBreaker('slow', { timeout: 100 })
      wait(): Promise<never> {
        return new Promise(() => undefined);
      }
    }
    const app = await start({ clock, breakers: { slow: { failureThreshold: 1 } } }, Slow);
    const call = app.get(Slow).wait();
    const refused = expect(call).rejects.toBeInstanceOf(CallTimeoutError);
    await clock.advance(100);
    await refused;
    expect(app.get(CircuitBreakerService).get('slow').state).toBe('open');
    await app.close();
  });

  it('try again, each try a call of the breaker', async () => {
    class Flaky {
      calls = 0;
      @CircuitBreaker('flaky', { retry: { attempts: 3, delay: 0 } })
      async load(): Promise<string> {
        if (++this.calls < 3) throw broken;
        return 'third';
      }
    }
    const app = await start({ breakers: { flaky: {} } }, Flaky);
    expect(await app.get(Flaky).load()).toBe('third');
    expect(app.get(CircuitBreakerService).get('flaky').getMetrics()).toMatchObject({
      totalFailures: 2,
      totalSuccesses: 1,
    });
    await app.close();
  });

  it('choose the fallback by the class of the error, the nearest first', async () => {
    class Wrong extends Error {}
    class VeryWrong extends Wrong {}
    class Service {
      @CircuitBreaker('service', {
        fallback: [
          { on: Wrong, use: () => 'wrong' },
          { on: VeryWrong, use: 'veryWrong' },
        ],
      })
      async fail(error: Error): Promise<string> {
        throw error;
      }
      veryWrong(): string {
        return 'very wrong';
      }
    }
    const app = await start({ breakers: { service: { failureThreshold: 99 } } }, Service);
    const service = app.get(Service);
    expect(await service.fail(new Wrong())).toBe('wrong');
    expect(await service.fail(new VeryWrong())).toBe('very wrong');
    await expect(service.fail(broken)).rejects.toBe(broken);
    await app.close();
  });

  it('give a fallback function the error, the arguments and the instance', async () => {
    const fallback = jest.fn((_error: unknown, _args: readonly unknown[], _self: object) => 'instead');
    class Service {
      @CircuitBreaker('service', { fallback })
      async fail(_id: number): Promise<string> {
        throw broken;
      }
    }
    const app = await start({ breakers: { service: {} } }, Service);
    expect(await app.get(Service).fail(5)).toBe('instead');
    expect(fallback).toHaveBeenCalledWith(broken, [5], app.get(Service));
    await app.close();
  });
});

describe('@CircuitBreaker on a class', () => {
  @Injectable()
  @CircuitBreaker({ failureThreshold: 1, fallback: 'instead' })
  class Gateway {
    async pay(): Promise<string> {
      throw broken;
    }
    @CircuitBreaker('own')
    async refund(): Promise<string> {
      return 'refunded';
    }
    async instead(error: unknown): Promise<string> {
      return (error as Error).name;
    }
    async onModuleInit(): Promise<void> {}
    format(): string {
      return 'not a promise';
    }
  }

  it('guards its async methods by one breaker named after it, and no others', async () => {
    const app = await start({ breakers: { own: {} } }, Gateway);
    const gateway = app.get(Gateway);
    expect(await gateway.pay()).toBe('Error');
    expect(await gateway.pay()).toBe('CircuitBreakerOpenError');
    expect(gateway.format()).toBe('not a promise');
    expect(app.get(CircuitBreakerService).get('Gateway').getMetrics()).toMatchObject({ totalFailures: 1, rejected: 1 });
    await app.close();
  });

  it('leaves a method its own breaker', async () => {
    const app = await start({ breakers: { own: {} } }, Gateway);
    expect(await app.get(Gateway).refund()).toBe('refunded');
    expect(app.get(CircuitBreakerService).get('own').getMetrics().totalSuccesses).toBe(1);
    await app.close();
  });

  it('refuses a class with nothing to guard', () => {
    expect(() => {
      @CircuitBreaker('own')
      class Nothing {
        format(): string {
          return '';
        }
      }
      return Nothing;
    }).toThrow(/on class Nothing finds no method that is declared async/);
  });
});

it('@CircuitBreaker refuses static methods, which belong to no application', () => {
  expect(() => {
    class Statics {
      @CircuitBreaker('own')
      static async load(): Promise<void> {}
    }
    return Statics;
  }).toThrow(/static method Statics\.load/);
});

it('@CircuitBreaker refuses what is no method, and generators, whose callers get no promise', () => {
  class Prices {}
  const decorate = (key: string, descriptor: PropertyDescriptor): unknown =>
    (CircuitBreaker('own') as MethodDecorator)(Prices.prototype, key, descriptor);
  const generator = async function* (): AsyncGenerator<number> {
    yield 1;
  };
  const ordinary = function* (): Generator<number> {
    yield 1;
  };
  expect(() => decorate('last', { get: () => async () => 1 })).toThrow('cannot guard Prices.last: it is no method');
  expect(() => decorate('all', { value: generator })).toThrow('cannot guard the generator Prices.all');
  expect(() => decorate('all', { value: ordinary })).toThrow('cannot guard the generator Prices.all');
});

describe('an AbortSignal as last argument', () => {
  class Service {
    given: AbortSignal | undefined;
    @CircuitBreaker('service', { timeout: 1_000 })
    wait(signal: AbortSignal): Promise<never> {
      this.given = signal;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    }
  }

  it('is followed, and its abort says nothing about the service', async () => {
    const app = await start({ breakers: { service: { failureThreshold: 1 } } }, Service);
    const controller = new AbortController();
    const call = app.get(Service).wait(controller.signal);
    controller.abort(broken);
    await expect(call).rejects.toBe(broken);
    expect(app.get(Service).given?.aborted).toBe(true);
    expect(app.get(CircuitBreakerService).get('service').state).toBe('closed');
    await app.close();
  });
});

describe('@CircuitBreaker in a module that is loaded later', () => {
  it('finds breakers and pools that are declared there, and starts them', async () => {
    class Reports {
      constructor(@InjectPool('reports') readonly pool: ConnectionPool<object>) {}
      @CircuitBreaker('reporting')
      async make(): Promise<string> {
        return 'made';
      }
    }
    @Module({
      imports: [
        ResourceModule.forFeature({
          pools: { reports: definePool({ create: () => ({}), minSize: 1 }) },
          breakers: { reporting: {} },
        }),
      ],
      providers: [Reports],
    })
    class ReportsModule {}

    const app = await start({});
    const loaded = await app.get(LazyModuleLoader).load(() => ReportsModule);
    const reports = loaded.get(Reports);
    expect(await reports.make()).toBe('made');
    await app.get(ResourceRegistry).started('reports');
    expect([reports.pool.state, reports.pool.size]).toEqual(['running', 1]);
    await app.close();
    expect(reports.pool.state).toBe('closed');
  });
});
