import { describe, expect, it } from '@jest/globals';
import type { Observable } from 'rxjs';

import { CircuitBreaker, type CircuitBreaker as Breaker, definePool, ManagedTask, ResourceModule } from './index.js';

/** What must compile, and what must not: `@ts-expect-error` fails the type check if the line below it is accepted. */
describe('the types', () => {
  it('let @CircuitBreaker stand only on methods that return a Promise or an Observable', () => {
    class Service {
      @CircuitBreaker('a')
      async promise(): Promise<number> {
        return 1;
      }
      @CircuitBreaker('a')
      stream(): Observable<number> | Promise<number> {
        return Promise.resolve(1);
      }
      // @ts-expect-error -- a decorated method would return a promise where a number is declared
      @CircuitBreaker('a')
      sync(): number {
        return 1;
      }
      // @ts-expect-error -- a task is given a context and nothing else
      @ManagedTask()
      async task(_order: number): Promise<void> {}
    }
    expect(Service).toBeDefined();
  });

  it('accept fallbacks that know the arguments and the class', () => {
    class Service {
      @CircuitBreaker('a', { fallback: (_error, [id]: [number], self: Service) => self.cached(id) })
      async load(id: number): Promise<string> {
        return String(id);
      }
      cached(id: number): string {
        return `cached ${id}`;
      }
    }
    expect(Service).toBeDefined();
  });

  it('give CircuitBreaker two meanings by one import: decorator and type', () => {
    const describeBreaker = (breaker: CircuitBreaker): string => breaker.name;
    const same: (breaker: Breaker) => string = describeBreaker;
    expect(same).toBe(describeBreaker);
  });

  it('infer what a factory is given from what it injects', () => {
    class Settings {
      readonly size = 3;
    }
    const module = ResourceModule.forRootAsync({
      pools: ['a'],
      inject: [Settings, { token: Settings, optional: true }, 'text'],
      useFactory: (settings, optional, text) => {
        // @ts-expect-error -- it may be missing
        const size: number = optional?.size;
        const anything: string = text;
        return { pools: { a: definePool({ create: () => anything, maxSize: settings.size + size }) } };
      },
    });
    expect(module.module).toBe(ResourceModule);
  });
});
