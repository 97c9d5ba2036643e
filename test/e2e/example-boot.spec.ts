import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { EmbeddedPostgres } from '../../dist/embedded-postgres/embedded-postgres.js';
import { root } from './example-service.js';

interface Boot {
  readonly code: number | null;
  readonly said: string;
}

/** Boots the example with these variables; they must keep it from starting. */
function boot(variables: Record<string, string>): Boot {
  return run(['dist/main.js'], variables);
}

/** Boots, in the way of the example, a module that `code` leaves in `AppModule`. */
function bootModule(code: string): Boot {
  const script = `
    import { Injectable, Module } from '@nestjs/common';
    import { CircuitBreaker, definePool, ResourceModule } from '@nestjs-resources/nest';
    import { startService } from '${root}/dist/start-service.js';
    const decorate = (decorator, target, key) => {
      const descriptor = Object.getOwnPropertyDescriptor(target.prototype, key);
      decorator(target.prototype, key, descriptor);
      Object.defineProperty(target.prototype, key, descriptor);
      Injectable()(target);
    };
    const create = () => ({});
    await startService(async () => {
      class AppModule {}
      ${code}
      return AppModule;
    });`;
  return run(['--input-type=module', '--eval', script], {});
}

function run(parameters: string[], variables: Record<string, string>): Boot {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, parameters, {
    cwd: root,
    env: { ...process.env, PORT: '0', ...variables },
    encoding: 'utf8',
    timeout: 60_000,
  });
  // A process that was left behind would hold the output open until the time is over.
  expect(error).toBeUndefined();
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^The service did not start\. /);
  expect(stderr).not.toMatch(/\n +at |hunter2/);
  return { code: status, said: stderr };
}

describe('a wrong environment stops the boot with code 1 and one message', () => {
  it('for variables that cannot be read, all at once', () => {
    const { code, said } = boot({
      PORT: 'http',
      DATABASE_URL: 'mysql://orders:hunter2@db/orders',
      RECEIPT_WORKERS: 'x',
    });
    expect(code).toBe(1);
    expect(said).toMatch(/PORT .*DATABASE_URL is not a URL like postgresql:.*RECEIPT_WORKERS /);
  });

  it('for a pool whose minimum is above its maximum', () => {
    const { code, said } = boot({ DATABASE_POOL_MIN: '9', DATABASE_POOL_MAX: '3' });
    expect(code).toBe(1);
    expect(said).toMatch(/minSize/);
  });

  it('for negative times', () => {
    const { code, said } = boot({ PAYMENT_RECOVERY_TIMEOUT: '-1' });
    expect(code).toBe(1);
    expect(said).toMatch(/payments.*recoveryTimeout/s);
  });

  it('for a database that is not there', () => {
    const { code, said } = boot({ DATABASE_URL: 'postgresql://orders:hunter2@127.0.0.1:9/orders' });
    expect(code).toBe(1);
    expect(said).toMatch(/database.*ECONNREFUSED/s);
  });
});

it('a password that the database refuses stops the boot in the same way', async () => {
  const postgres = await EmbeddedPostgres.start();
  const url = new URL(postgres.url);
  url.password = 'hunter2';
  const { code, said } = boot({ DATABASE_URL: url.href });
  await postgres.close();
  expect(code).toBe(1);
  expect(said).toMatch(/password authentication failed for user "orders"/);
}, 30_000);

describe('a wrong module stops the boot with code 1 and one message', () => {
  it('for an unknown option, together with everything else that is wrong', () => {
    const { code, said } = bootModule(`
      Module({ imports: [ResourceModule.forRoot({
        pools: { smtp: definePool({ create, maxSiz: 3 }), ftp: definePool({ create, minSize: 5, maxSize: 2 }) },
        breakers: { mail: { recoveryTimeout: -1 } },
      })] })(AppModule);`);
    expect(code).toBe(1);
    expect(said).toMatch(/maxSiz\b.*minSize.*recoveryTimeout/s);
  });

  it('for a breaker that nobody declared, naming those that are', () => {
    const { code, said } = bootModule(`
      class Checkout { async pay() {} }
      decorate(CircuitBreaker('paymnts'), Checkout, 'pay');
      Module({ imports: [ResourceModule.forRoot({ breakers: { payments: {} } })], providers: [Checkout] })(AppModule);`);
    expect(code).toBe(1);
    expect(said).toMatch(/paymnts.*payments/s);
  });

  it('for a pool that is declared twice', () => {
    const { code, said } = bootModule(`
      class Mail {}
      Module({ imports: [ResourceModule.forFeature({ pools: { smtp: definePool({ create }) } })] })(Mail);
      Module({ imports: [Mail, ResourceModule.forRoot({ pools: { smtp: definePool({ create }) } })] })(AppModule);`);
    expect(code).toBe(1);
    expect(said).toMatch(/smtp/);
  });

  it('for a pool that was promised and not delivered', () => {
    const { code, said } = bootModule(`
      Module({ imports: [ResourceModule.forRootAsync({ pools: ['smtp'], useFactory: () => ({}) })] })(AppModule);`);
    expect(code).toBe(1);
    expect(said).toMatch(/smtp/);
  });
});
