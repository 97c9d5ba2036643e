import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CircuitBreaker as Breaker } from '@nestjs-resources/core';
import {
  CircuitBreaker,
  CircuitBreakerOpenError,
  CircuitBreakerService,
  type ConnectionPool,
  definePool,
  InjectPool,
  PoolService,
  ResourceModule,
} from '@nestjs-resources/nest';

import { FakePool, ManualClock, overrideCircuitBreaker, overridePool } from './index.js';

interface Client {
  send(text: string): void;
}

let connected = 0;

@Injectable()
class Mailer {
  constructor(@InjectPool('smtp') readonly smtp: ConnectionPool<Client>) {}

  @CircuitBreaker('mail')
  send(text: string): Promise<void> {
    return this.smtp.use((client) => client.send(text));
  }
}

@Module({
  imports: [
    ResourceModule.forRoot({
      pools: { smtp: definePool<Client>({ create: () => Promise.reject(new Error(`${++connected}`)), minSize: 1 }) },
      breakers: { mail: {} },
    }),
  ],
  providers: [Mailer],
})
class AppModule {}

const build = () => Test.createTestingModule({ imports: [AppModule] });

describe('an override of what nobody declares', () => {
  it.each([null, undefined, 5, {}])('is refused by what builds no module: %p', (builder) => {
    const words = 'An override: builder: must be what Test.createTestingModule() gives, got';
    expect(() => overridePool(builder as never, 'smtp', new FakePool({ resource: {} }))).toThrow(words);
  });

  it('is refused, since the real one would connect', async () => {
    const pool = overridePool(build(), 'smpt', new FakePool({ resource: {} }));
    await expect(pool.compile()).rejects.toThrow("Resource 'smpt' does not exist; did you mean 'smtp'?");
    const breaker = overrideCircuitBreaker(build(), 'smtp', new Breaker({ name: 'smtp' }));
    await expect(breaker.compile()).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
  });
});

describe('overridePool', () => {
  it('puts a fake in the place of a pool, so that nothing connects', async () => {
    const sent: string[] = [];
    const fake = new FakePool<Client>({ resource: { send: (text) => void sent.push(text) } });
    const app = await overridePool(build(), 'smtp', fake).compile();
    await app.init();

    await app.get(Mailer).send('hello');

    expect([sent, connected]).toEqual([['hello'], 0]);
    expect(app.get(PoolService).get('smtp')).toBe(fake);
    expect(fake.getMetrics().acquired).toBe(1);
    await app.close();
    expect(fake.state).toBe('closed');
  });
});

describe('overrideCircuitBreaker', () => {
  it('puts another breaker where a decorator names it', async () => {
    const fake = new FakePool<Client>({ resource: { send: () => undefined } });
    const open = new Breaker({ name: 'mail' });
    open.setMode('forced_open', { reason: 'test' });
    const app = await overrideCircuitBreaker(overridePool(build(), 'smtp', fake), 'mail', open).compile();
    await app.init();
    await expect(app.get(Mailer).send('hello')).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    await app.close();
  });
});

describe('ManualClock', () => {
  it('is the time of everything the module makes, and nothing waits for it after the end', async () => {
    const clock = new ManualClock();
    const app = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({ clock, breakers: { mail: { failureThreshold: 1, recoveryTimeout: 30_000 } } }),
      ],
    }).compile();
    await app.init();
    const mail = app.get(CircuitBreakerService).get('mail');
    await mail.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    expect(mail.retryAfter).toBe(30_000);
    await clock.advance(30_000);
    expect(await mail.execute(() => 'sent')).toBe('sent');

    await app.close();
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });
});

describe('FakePool', () => {
  it('lends one resource, or one for each lease', async () => {
    const one = new FakePool<{ id: number }>({ resource: { id: 1 } });
    expect(await one.use(({ id }) => id)).toBe(1);

    let made = 0;
    const many = new FakePool<{ id: number }>({ resource: () => ({ id: ++made }) });
    const leases = [await many.acquire(), await many.acquire()];
    expect(leases.map(({ resource }) => resource.id)).toEqual([1, 2]);
  });

  it('fails as it is told to, until it is mended', async () => {
    const pool = new FakePool({ resource: {} });
    await pool.use(() => undefined);
    const refused = new Error('server down');
    await pool.failWith(refused);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'RESOURCE_CREATE_FAILED', cause: refused });
    await pool.failWith(undefined);
    expect(await pool.use(() => 'mended')).toBe('mended');
  });
});
