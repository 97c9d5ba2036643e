import { type Clock, ConnectionPool, refuseNonObject } from '@nestjs-resources/core';

export interface FakePoolOptions<T> {
  /** What the pool lends; a function is called for each resource it makes. */
  readonly resource: T | (() => T);
  /** How many can be lent at once. @default 1_000 */
  readonly maxSize?: number;
  /** How long an acquire waits, in milliseconds. @default 1_000 */
  readonly acquireTimeout?: number;
  /** @default 'fake' */
  readonly name?: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * A real pool of resources that connect to nothing: it lends, counts, times out and closes as the one it stands for, so
 * code under test cannot tell. Its errors can be ordered.
 *
 * @example
 * const smtp = new FakePool<SmtpClient>({ resource: { send: jest.fn() } });
 * overridePool(Test.createTestingModule({ imports: [AppModule] }), 'smtp', smtp);
 */
export class FakePool<T> extends ConnectionPool<T> {
  private readonly orderedFailure: { error: unknown };

  constructor(options: FakePoolOptions<T>) {
    refuseNonObject('FakePool', options);
    const { resource, maxSize = 1_000, acquireTimeout = 1_000, name = 'fake', clock } = options;
    const ordered: { error: unknown } = { error: undefined };
    super({
      name,
      maxSize,
      acquireTimeout,
      create: () => {
        if (ordered.error !== undefined) throw ordered.error as Error;
        return typeof resource === 'function' ? (resource as () => T)() : resource;
      },
      creation: { breaker: false, isFatal: () => true },
      ...(clock && { clock }),
    });
    this.orderedFailure = ordered;
  }

  /** From now on every acquire fails with `error`, as if nothing could be created; `undefined` mends it. */
  async failWith(error: unknown): Promise<void> {
    this.orderedFailure.error = error;
    await this.evict();
  }
}
