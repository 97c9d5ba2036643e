import { describe, expect, it } from '@jest/globals';
import { type OnModuleInit, SetMetadata } from '@nestjs/common';

import {
  CircuitBreaker,
  CircuitBreakerOpenError,
  CircuitBreakerService,
  type ResourceModuleOptions,
} from '../index.js';
import { start } from './start-application.fixture.js';

const broken = new Error('no answer');

async function counted(options: ResourceModuleOptions, ...classes: (new (...args: never[]) => object)[]) {
  const app = await start(options, ...classes);
  const counts = (name: string): [number, number] => {
    const { totalSuccesses, totalFailures } = app.get(CircuitBreakerService).get(name).getMetrics();
    return [totalSuccesses, totalFailures];
  };
  return { app, counts };
}

describe('A guarded method of a base class', () => {
  abstract class Gateway {
    abstract readonly fee: number;
    @CircuitBreaker({ name: 'gateway', failureThreshold: 1 })
    async pay(amount: number): Promise<number> {
      if (amount < 0) throw broken;
      return amount + this.fee;
    }
  }
  class Cards extends Gateway {
    readonly fee = 1;
  }
  class Vouchers extends Gateway {
    readonly fee = 2;
    override async pay(amount: number): Promise<number> {
      return (await super.pay(amount)) * 10;
    }
  }

  it('is declared once, however many classes inherit it, and each instance is its own `this`', async () => {
    const { app, counts } = await counted({}, Cards, Vouchers);
    expect(await app.get(Cards).pay(1)).toBe(2);
    expect(await app.get(Vouchers).pay(1)).toBe(30);
    expect(counts('gateway')).toEqual([2, 0]);
    await app.close();
  });

  it('is guarded also when the override calls it, and open for all of them', async () => {
    const { app, counts } = await counted({}, Cards, Vouchers);
    await expect(app.get(Vouchers).pay(-1)).rejects.toBe(broken);
    await expect(app.get(Cards).pay(1)).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    await expect(app.get(Vouchers).pay(1)).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    expect(counts('gateway')).toEqual([0, 1]);
    await app.close();
  });

  it('is guarded also if no class of the application shows it but through an override', async () => {
    const { app, counts } = await counted({}, Vouchers);
    await expect(app.get(Vouchers).pay(-1)).rejects.toBe(broken);
    await expect(app.get(Vouchers).pay(1)).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    expect(counts('gateway')).toEqual([0, 1]);
    await app.close();
  });

  it('overridden without calling it, is not guarded', async () => {
    class Cash extends Gateway {
      readonly fee = 0;
      override async pay(): Promise<number> {
        throw broken;
      }
    }
    const { app, counts } = await counted({}, Cash, Cards);
    await expect(app.get(Cash).pay()).rejects.toBe(broken);
    expect(counts('gateway')).toEqual([0, 0]);
    await app.close();
  });
});

describe('A method with two breakers', () => {
  class Search {
    calls = 0;
    @CircuitBreaker('outer', { fallback: () => 'from the fallback of the outer' })
    @CircuitBreaker('inner')
    async find(): Promise<string> {
      this.calls++;
      throw broken;
    }
  }

  it('is a call of both, from the top of the text to the method', async () => {
    const breakers = { outer: { failureThreshold: 2 }, inner: { failureThreshold: 1 } };
    const { app, counts } = await counted({ breakers }, Search);
    const search = app.get(Search);
    for (let call = 1; call <= 3; call++) expect(await search.find()).toBe('from the fallback of the outer');
    expect(search.calls).toBe(1);
    expect([counts('outer'), counts('inner')]).toEqual([
      [0, 2],
      [0, 1],
    ]);
    const rejected = ['outer', 'inner'].map((name) => app.get(CircuitBreakerService).get(name).getMetrics().rejected);
    expect(rejected).toEqual([1, 1]);
    await app.close();
  });
});

describe('A guarded method', () => {
  const KEY = Symbol('find');
  class Catalogue implements OnModuleInit {
    readonly #prices = new Map([['tea', 3]]);
    first: number | undefined;
    @CircuitBreaker('catalogue')
    async [KEY](): Promise<number> {
      return this.#prices.size;
    }
    @SetMetadata('above', 1)
    @CircuitBreaker('catalogue')
    @SetMetadata('below', 2)
    async price(name = 'tea', ..._rest: string[]): Promise<number | undefined> {
      return this.#prices.get(name);
    }
    async onModuleInit(): Promise<void> {
      this.first = await this.price();
    }
  }

  it('may have a symbol as its name, private fields, and be called while the application starts', async () => {
    const { app, counts } = await counted({ breakers: { catalogue: {} } }, Catalogue);
    const catalogue = app.get(Catalogue);
    expect([await catalogue[KEY](), catalogue.first]).toEqual([1, 3]);
    expect(counts('catalogue')).toEqual([2, 0]);
    await app.close();
  });

  it('keeps what other decorators have written on it, above and below, and is no more enumerable than before', () => {
    const descriptor = Object.getOwnPropertyDescriptor(Catalogue.prototype, 'price');
    const method = descriptor?.value as object;
    expect(['above', 'below'].map((key) => Reflect.getMetadata(key, method) as number)).toEqual([1, 2]);
    expect([descriptor?.enumerable, descriptor?.configurable, descriptor?.writable]).toEqual([false, true, true]);
    expect(Object.keys(new Catalogue()).filter((key) => key !== 'first')).toEqual([]);
  });

  it('called through a proxy of the instance, has the proxy as its `this`, and is guarded', async () => {
    class Greeter {
      greeting = 'hello';
      @CircuitBreaker('greeter')
      async greet(): Promise<string> {
        return this.greeting;
      }
    }
    const { app, counts } = await counted({ breakers: { greeter: {} } }, Greeter);
    const proxy = new Proxy(app.get(Greeter), {
      get: (target, key, receiver) => (key === 'greeting' ? 'servus' : (Reflect.get(target, key, receiver) as unknown)),
    });
    expect(await proxy.greet()).toBe('servus');
    expect(counts('greeter')).toEqual([1, 0]);
    await app.close();
  });
});
