import { describe, expect, it } from '@jest/globals';
import { type DynamicModule, Injectable, Module, type ModuleMetadata, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import {
  CircuitBreaker,
  definePool,
  ManagedTask,
  OptionsError,
  ResourceHealthCheck,
  ResourceModule,
  type PoolOptions,
} from './index.js';

const pool = (options: Partial<PoolOptions<object>> = {}) => definePool({ create: () => ({}), ...options });

/** Boots what cannot be booted, and gives the one error that says why. */
async function boot(
  imports: (DynamicModule | (new () => object))[],
  ...providers: (new () => object)[]
): Promise<OptionsError> {
  const error: unknown = await start({ imports, providers }).catch((reason: unknown) => reason);
  if (!(error instanceof OptionsError)) throw new Error(`expected an OptionsError, got ${String(error)}`);
  return error;
}

async function start(metadata: ModuleMetadata): Promise<void> {
  const app = await Test.createTestingModule(metadata).compile();
  try {
    await app.init();
  } finally {
    await app.close();
  }
}

const problems = ({ problems }: OptionsError): string[] =>
  problems.map(({ option, problem }) => `${option}: ${problem}`);

describe('wrong configuration stops the boot', () => {
  it('with an unknown option', async () => {
    const error = await boot([ResourceModule.forRoot({ pools: { smtp: pool({ maxSzie: 3 } as object) } })]);
    expect(problems(error)).toEqual([expect.stringMatching(/^pools\.smtp\.maxSzie: .*did you mean 'maxSize'\?/)]);
  });

  it('with an unknown option of the module', async () => {
    const error = await boot([ResourceModule.forRoot({ pool: {} } as object)]);
    expect(problems(error)).toEqual([expect.stringMatching(/^pool: .*did you mean 'pools'\?/)]);
  });

  it('with minSize above maxSize', async () => {
    const error = await boot([ResourceModule.forRoot({ pools: { smtp: pool({ minSize: 5, maxSize: 2 }) } })]);
    expect(problems(error)).toEqual([expect.stringMatching(/^pools\.smtp\.minSize: /)]);
  });

  it('with a negative timeout', async () => {
    const error = await boot([ResourceModule.forRoot({ pools: { smtp: pool({ timeouts: { create: -1 } }) } })]);
    expect(problems(error)).toEqual([expect.stringMatching(/^pools\.smtp\.timeouts\.create: .*got -1/)]);
  });

  it('with a pool that was not made by definePool', async () => {
    const error = await boot([ResourceModule.forRoot({ pools: { smtp: { create: () => 1 } as never } })]);
    expect(problems(error)).toEqual([expect.stringMatching(/^pools\.smtp: must be made with definePool/)]);
  });

  it('with impossible defaults, said once and where they stand', async () => {
    const error = await boot([
      ResourceModule.forRoot({
        defaults: { pool: { maxSize: -1 }, breaker: { failureThreshold: 0 } },
        pools: { smtp: pool(), ftp: pool({ acquireTimeout: -1 }) },
        breakers: { payments: {} },
      }),
    ]);
    expect(error.problems.map(({ option }) => option)).toEqual([
      'defaults.pool.maxSize',
      'defaults.breaker.failureThreshold',
      'pools.ftp.acquireTimeout',
    ]);
  });

  it('with all that is wrong in all pools and breakers in one error', async () => {
    const error = await boot([
      ResourceModule.forRoot({
        pools: { smtp: pool({ maxSize: 0 }), ftp: pool({ acquireTimeout: -5 }) },
        breakers: { payments: { failureThreshold: 0 } },
        shutdown: { timeout: 1_000, readinessDelay: 2_000 },
        monitor: { interval: 1 },
        events: { capacity: 0 },
        clock: null as never,
      }),
      ResourceModule.forFeature({ breakers: { rates: { recoveryTimeout: -1 } } }),
    ]);
    expect(error.problems.map(({ option }) => option).sort()).toEqual([
      'breakers.payments.failureThreshold',
      'breakers.rates.recoveryTimeout',
      'clock',
      'events.capacity',
      'monitor.interval',
      'pools.ftp.acquireTimeout',
      'pools.smtp.maxSize',
      'shutdown.readinessDelay',
    ]);
    expect(error.message.split('\n')).toHaveLength(9);
  });

  it('with @CircuitBreaker naming an undeclared breaker, listing the known ones', async () => {
    @Injectable()
    class Checkout {
      @CircuitBreaker('paymnets')
      async pay(): Promise<void> {}
    }
    const error = await boot([ResourceModule.forRoot({ breakers: { payments: {}, rates: {} } })], Checkout);
    expect(problems(error)).toEqual([
      expect.stringMatching(
        /^@CircuitBreaker on Checkout\.pay: .*'paymnets', which nobody declares; known: payments, rates\./,
      ),
    ]);
  });

  it('with a fallback method that does not exist', async () => {
    @Injectable()
    class Checkout {
      @CircuitBreaker('payments', { fallback: 'payLatre' })
      async pay(): Promise<void> {}
    }
    const error = await boot([ResourceModule.forRoot({ breakers: { payments: {} } })], Checkout);
    expect(problems(error)).toEqual([
      expect.stringMatching(/Checkout\.pay: names the fallback 'payLatre', but Checkout/),
    ]);
  });

  it('with impossible options of one use of a breaker', async () => {
    @Injectable()
    class Checkout {
      @CircuitBreaker('payments', { timeout: -1, retry: { attempts: 0 } })
      async pay(): Promise<void> {}
    }
    const error = await boot([ResourceModule.forRoot({ breakers: { payments: {} } })], Checkout);
    expect(error.problems.map(({ option }) => option)).toEqual([
      '@CircuitBreaker on Checkout.pay.timeout',
      '@CircuitBreaker on Checkout.pay.retry.attempts',
    ]);
  });

  it('with conflicting declarations of one breaker', async () => {
    @Injectable()
    class Checkout {
      @CircuitBreaker({ name: 'payments', failureThreshold: 2 })
      async pay(): Promise<void> {}
      @CircuitBreaker({ name: 'payments', failureThreshold: 3 })
      async refund(): Promise<void> {}
      @CircuitBreaker({ name: 'rates' })
      async rates(): Promise<void> {}
    }
    const error = await boot([ResourceModule.forRoot({ breakers: { rates: {} } })], Checkout);
    expect(problems(error)).toEqual([
      expect.stringMatching(/Checkout\.pay: declares circuit breaker 'payments' otherwise than Checkout\.refund/),
      expect.stringMatching(/Checkout\.refund: declares circuit breaker 'payments' otherwise than Checkout\.pay/),
      expect.stringMatching(
        /Checkout\.rates: declares circuit breaker 'rates' otherwise than ResourceModule\.forRoot\(\)/,
      ),
    ]);
  });

  it('with an unknown or circular shared configuration', async () => {
    const error = await boot([
      ResourceModule.forRoot({
        configs: { a: { config: 'b' }, b: { config: 'a' } },
        breakers: { one: { config: 'slow' }, two: { config: 'a' } },
      }),
    ]);
    expect(problems(error)).toEqual([
      "breakers.one.config: there is no configuration 'slow'; known: a, b",
      'breakers.two.config: configurations build on each other in a circle: a → b → a',
    ]);
  });

  it.each([undefined, null, 'pools'])('with a factory that delivers %p', async (delivered) => {
    const error = await boot([ResourceModule.forRootAsync({ useFactory: () => delivered as never })]);
    expect(problems(error)).toEqual([
      expect.stringContaining(`delivered ${delivered}, and not an object with options`),
    ]);
  });

  it('with a shared configuration that cannot be, also if nobody builds on it yet', async () => {
    const error = await boot([
      ResourceModule.forRoot({
        configs: {
          strict: { failureThreshold: 0 },
          loop: { config: 'again' },
          again: { config: 'loop' },
          used: { recoveryTimeout: -1 },
        },
        breakers: { payments: { config: 'used' } },
      }),
    ]);
    expect(problems(error)).toEqual([
      expect.stringMatching(/^breakers\.payments\.recoveryTimeout: must be .*, got -1$/),
      expect.stringMatching(/^configs\.strict\.failureThreshold: must be .*, got 0$/),
      'configs.loop.config: configurations build on each other in a circle: again → loop → again',
      'configs.again.config: configurations build on each other in a circle: loop → again → loop',
    ]);
  });

  it('with a name that is declared twice, naming both modules', async () => {
    @Module({ imports: [ResourceModule.forFeature({ pools: { smtp: pool() } })] })
    class MailModule {}
    @Module({ imports: [ResourceModule.forRoot({ pools: { smtp: pool() } }), MailModule] })
    class AppModule {}
    const error = await boot([AppModule]);
    expect(problems(error)).toEqual([
      expect.stringMatching(
        /^pools\.smtp: is declared twice: .*forRoot\(\) in AppModule.*forFeature\(\) in MailModule/,
      ),
    ]);
  });

  it('with one name for a pool and a breaker', async () => {
    const error = await boot([ResourceModule.forRoot({ pools: { mail: pool() }, breakers: { mail: {} } })]);
    expect(problems(error)).toEqual([expect.stringMatching(/^breakers\.mail: is declared twice/)]);
  });

  it('with a name promised and not delivered, or the reverse', async () => {
    const error = await boot([
      ResourceModule.forRootAsync({
        pools: ['smtp', 'ftp'],
        useFactory: () => ({ pools: { smtp: pool() }, breakers: { payments: {} } }),
      }),
    ]);
    expect(problems(error)).toEqual([
      expect.stringMatching(/^pools\.ftp: is promised .* did not deliver it/),
      expect.stringMatching(/^breakers\.payments: was delivered .* not promised/),
    ]);
  });

  it('with forRootAsync that has no source of options', () => {
    expect(() => ResourceModule.forRootAsync({ pools: ['smtp'] })).toThrow(
      /useFactory, useClass and useExisting is required/,
    );
  });

  it('with forRoot twice', async () => {
    @Module({ imports: [ResourceModule.forRoot()] })
    class OrdersModule {}
    @Module({ imports: [ResourceModule.forRoot(), OrdersModule] })
    class AppModule {}
    const error = await boot([AppModule]);
    expect(error.message).toMatch(
      /forRoot\(\) is imported more than once: .*AppModule.*OrdersModule|OrdersModule.*AppModule/,
    );
  });

  it('with a registration of what is not declared', async () => {
    const error = await boot([
      ResourceModule.forRoot({ pools: { smtp: pool() }, registration: { smpt: { lazy: true } } }),
    ]);
    expect(problems(error)).toEqual(['registration.smpt: is not declared here; known: smtp']);
  });

  it('with an impossible name or place in the order', async () => {
    const error = await boot([
      ResourceModule.forRoot({
        pools: { '': pool(), smtp: pool() },
        registration: { smtp: { lazzy: true } as object },
      }),
    ]);
    expect(error.problems.map(({ option }) => option)).toEqual(['pools.', 'registration.smtp.lazzy', 'pools..name']);
    expect(error.message).toMatch(/did you mean 'lazy'/);
  });

  it('with an alias of what the root does not declare', async () => {
    const compiled = Test.createTestingModule({
      imports: [ResourceModule.forFeature({ use: { pools: ['smpt'] } }), ResourceModule.forRoot()],
    }).compile();
    await expect(compiled).rejects.toThrow(/ResourcePool_smpt \(to be declared by ResourceModule\.forRoot\)/);
  });

  it('with impossible options of tasks and health checks, all of them at once', async () => {
    @Injectable()
    class Worker {
      @ManagedTask({ maxRestarts: -1 })
      async work(): Promise<void> {}
      @ManagedTask({ stopTimeout: -1 })
      async rest(): Promise<void> {}
      @ResourceHealthCheck('disk', { interval: 1 })
      check(): 'HEALTHY' {
        return 'HEALTHY';
      }
    }
    const error = await boot([ResourceModule.forRoot()], Worker);
    expect(error.problems.map(({ option }) => option)).toEqual([
      'Worker.work.maxRestarts',
      'Worker.rest.stopTimeout',
      expect.stringMatching(/^disk\..*interval$/),
    ]);
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])(
    'with a task on a class of scope %s, which has no one instance',
    async (scope) => {
      @Injectable({ scope })
      class Worker {
        @ManagedTask()
        async work(): Promise<void> {}
      }
      const error = await boot([ResourceModule.forRoot()], Worker);
      expect(problems(error)).toEqual([expect.stringMatching(/^Worker\.work: .*no one instance to call/)]);
    },
  );

  it('without forRoot, saying what to import', async () => {
    @Injectable()
    class Checkout {
      @CircuitBreaker('payments')
      async pay(): Promise<void> {}
    }
    const compiled = Test.createTestingModule({ providers: [Checkout] }).compile();
    await expect(compiled).rejects.toThrow(/import ResourceModule\.forRoot\(\) in your root module/);
  });

  it('without a password in the message', async () => {
    const error = await boot([
      ResourceModule.forRoot({
        breakers: { 'postgres://app:hunter2@db/shop': { failureThreshold: 'password=hunter2' as never } },
      }),
    ]);
    expect(error.message).not.toContain('hunter2');
  });

  it('before anything connects', async () => {
    let connected = 0;
    await boot([
      ResourceModule.forRoot({
        pools: { good: definePool({ create: () => ++connected, minSize: 1 }), bad: pool({ maxSize: -1 }) },
      }),
    ]);
    expect(connected).toBe(0);
  });
});
