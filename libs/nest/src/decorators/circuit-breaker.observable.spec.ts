import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, NEVER, Observable, of, throwError } from 'rxjs';

import {
  CallTimeoutError,
  CircuitBreaker,
  type CircuitBreaker as Breaker,
  CircuitBreakerService,
  ManualClock,
} from '../index.js';
import { start } from './start-application.fixture.js';

const broken = new Error('no answer');

describe('@CircuitBreaker on a method that returns an Observable', () => {
  class Prices {
    subscribed = 0;
    source: Observable<number> = of(1, 2);
    @CircuitBreaker('prices', { fallback: 'last' })
    watch(): Observable<number> {
      return new Observable((subscriber) => {
        this.subscribed++;
        return this.source.subscribe(subscriber);
      });
    }
    last(): Observable<number> {
      return of(0);
    }
  }
  async function prices(): Promise<[Prices, Breaker]> {
    const app = await start({ breakers: { prices: { failureThreshold: 1 } } }, Prices);
    return [app.get(Prices), app.get(CircuitBreakerService).get('prices')];
  }

  it('takes its permit at subscription, and succeeds when it completes', async () => {
    const [service, breaker] = await prices();
    const stream = service.watch();
    expect(service.subscribed).toBe(0);
    expect(await lastValueFrom(stream)).toBe(2);
    expect(breaker.getMetrics()).toMatchObject({ totalSuccesses: 1, totalFailures: 0 });
  });

  it('fails when it errors, then is refused without being subscribed', async () => {
    const [service, breaker] = await prices();
    service.source = throwError(() => broken);
    expect(await lastValueFrom(service.watch())).toBe(0);
    expect(breaker.state).toBe('open');
    expect(await lastValueFrom(service.watch())).toBe(0);
    expect(service.subscribed).toBe(1);
  });

  it('counts nothing when it is left before its first value, and a success after it', async () => {
    const [service, breaker] = await prices();
    service.source = NEVER;
    service.watch().subscribe().unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));
    expect(breaker.getMetrics()).toMatchObject({ totalSuccesses: 0, totalFailures: 0 });

    service.source = new Observable((subscriber) => subscriber.next(1));
    service.watch().subscribe().unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));
    expect(breaker.getMetrics()).toMatchObject({ totalSuccesses: 1, totalFailures: 0 });
  });
});

describe('A stream that is left', () => {
  class Ticker {
    subscribed = 0;
    running = 0;
    source: Observable<number> = NEVER;
    @CircuitBreaker('ticks')
    watch(): Observable<number> {
      return new Observable((subscriber) => {
        this.subscribed++;
        this.running++;
        const subscription = this.source.subscribe(subscriber);
        return () => {
          this.running--;
          subscription.unsubscribe();
        };
      });
    }
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('gives the place of its trial to the next, which closes the circuit by one value', async () => {
    const clock = new ManualClock();
    const app = await start({ clock, breakers: { ticks: { failureThreshold: 1, recoveryTimeout: 1_000 } } }, Ticker);
    const ticker = app.get(Ticker);
    const breaker = app.get(CircuitBreakerService).get('ticks');
    ticker.source = throwError(() => broken);
    await expect(lastValueFrom(ticker.watch())).rejects.toBe(broken);
    await clock.advance(1_000);
    ticker.source = NEVER;
    for (let left = 3; left > 0; left--) {
      const trial = ticker.watch().subscribe();
      expect(breaker.getMetrics()).toMatchObject({ state: 'half_open', trials: 1 });
      trial.unsubscribe();
      await turn();
      expect(breaker.getMetrics()).toMatchObject({ state: 'half_open', trials: 0 });
    }
    ticker.source = of(1, 2, 3);
    expect(await firstValueFrom(ticker.watch())).toBe(1);
    await turn();
    expect([breaker.state, ticker.running]).toEqual(['closed', 0]);
    await app.close();
  });

  it('while it waits for its turn in the bulkhead, is never subscribed to and takes no turn', async () => {
    const bulkhead = { maxConcurrent: 1, queueLimit: 5 };
    const app = await start({ breakers: { ticks: { bulkhead } } }, Ticker);
    const ticker = app.get(Ticker);
    const first = ticker.watch().subscribe();
    ticker.watch().subscribe().unsubscribe();
    const third = firstValueFrom(ticker.watch());
    ticker.source = of(7);
    first.unsubscribe();
    expect(await third).toBe(7);
    expect([ticker.subscribed, ticker.running]).toEqual([2, 0]);
    await app.close();
  });
});

describe('@CircuitBreaker on an Observable of a source that answers at once', () => {
  class Prices {
    @CircuitBreaker('prices')
    watch(): Observable<number> {
      return of(1, 2, 3);
    }
    @CircuitBreaker('prices', { timeout: 100 })
    hang(): Observable<number> {
      return NEVER;
    }
    running = 0;
    begun = 0;
    @CircuitBreaker('prices', { timeout: 100, retry: { attempts: 2, delay: 0 } })
    hangOnce(): Observable<number> {
      return new Observable((subscriber) => {
        this.running++;
        if (++this.begun === 2) subscriber.next(2);
        if (this.begun === 2) subscriber.complete();
        return () => this.running--;
      });
    }
    @CircuitBreaker('prices')
    undeclared() {
      return of(1) as Observable<number>;
    }
  }

  it('counts a success for who takes one value and leaves', async () => {
    const app = await start({ breakers: { prices: {} } }, Prices);
    expect(await firstValueFrom(app.get(Prices).watch())).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(app.get(CircuitBreakerService).get('prices').getMetrics()).toMatchObject({ totalSuccesses: 1 });
    await app.close();
  });

  it('calls again for each subscription', async () => {
    const app = await start({ breakers: { prices: {} } }, Prices);
    const stream = app.get(Prices).watch();
    await lastValueFrom(stream);
    await lastValueFrom(stream);
    expect(app.get(CircuitBreakerService).get('prices').getMetrics()).toMatchObject({ totalSuccesses: 2 });
    await app.close();
  });

  it('ends what takes too long, and unsubscribes from it', async () => {
    const clock = new ManualClock();
    const app = await start({ clock, breakers: { prices: { failureThreshold: 1 } } }, Prices);
    const refused = expect(lastValueFrom(app.get(Prices).hang())).rejects.toBeInstanceOf(CallTimeoutError);
    await clock.advance(100);
    await refused;
    expect(app.get(CircuitBreakerService).get('prices').state).toBe('open');
    await app.close();
  });

  it("errors with the fallback's own error", async () => {
    const worse = new Error('worse');
    class Failing {
      @CircuitBreaker('prices', {
        fallback: () => {
          throw worse;
        },
      })
      watch(): Observable<number> {
        return throwError(() => broken);
      }
      @CircuitBreaker('prices', { fallback: () => 0 })
      once(): Observable<number> {
        return throwError(() => broken);
      }
    }
    const app = await start({ breakers: { prices: {} } }, Failing);
    await expect(lastValueFrom(app.get(Failing).watch())).rejects.toBe(worse);
    expect(await lastValueFrom(app.get(Failing).once())).toBe(0);
    await app.close();
  });

  it('leaves the subscription that took too long before it tries again', async () => {
    const clock = new ManualClock();
    const app = await start({ clock, breakers: { prices: {} } }, Prices);
    const prices = app.get(Prices);
    const value = lastValueFrom(prices.hangOnce());
    await clock.advance(100);
    expect(await value).toBe(2);
    expect([prices.begun, prices.running]).toEqual([2, 0]);
    await app.close();
  });

  it('does not try again for a subscriber that has left after a failed try', async () => {
    const clock = new ManualClock();
    class Ticker {
      begun = 0;
      @CircuitBreaker('prices', { retry: { attempts: 2, delay: 1_000 } })
      watch(): Observable<number> {
        return new Observable((subscriber) => {
          this.begun++;
          subscriber.next(1);
          subscriber.error(broken);
        });
      }
    }
    const app = await start({ clock, breakers: { prices: {} } }, Ticker);
    const subscription = app.get(Ticker).watch().subscribe();
    await clock.advance(500);
    subscription.unsubscribe();
    await clock.advance(500);
    expect(app.get(Ticker).begun).toBe(1);
    expect(app.get(CircuitBreakerService).get('prices').getMetrics()).toMatchObject({ totalFailures: 1 });
    await app.close();
  });

  it('calls the method only when it is let in; what it throws itself is a failure of the call', async () => {
    class Eager {
      requests = 0;
      @CircuitBreaker('prices', { fallback: 'last' })
      load(): Observable<number> {
        this.requests++;
        throw broken;
      }
      last(error: Error): Observable<string> {
        return of(error.name);
      }
    }
    const app = await start({ breakers: { prices: { failureThreshold: 1 } } }, Eager);
    const eager = app.get(Eager);
    expect(await lastValueFrom(eager.load())).toBe('Error');
    expect(await lastValueFrom(eager.load())).toBe('CircuitBreakerOpenError');
    expect(eager.requests).toBe(1);
    await app.close();
  });

  it('says what to write when the return type was not recorded', async () => {
    const app = await start({ breakers: { prices: {} } }, Prices);
    const result = app.get(Prices).undeclared() as unknown as Promise<unknown>;
    await expect(result).rejects.toThrow(/Prices\.undeclared returned an Observable without saying so/);
    await app.close();
  });
});
