import type { Lease } from '@nestjs-resources/core';
import type { AcquireContext } from './acquire-context.js';
import type { DatabaseServer } from './database-server.js';

/** Who lends connections. */
export interface Lender<C extends object> {
  tryAcquire(label: string | undefined): Lease<C> | undefined;
  acquire(context?: AcquireContext): Promise<Lease<C>>;
}

/** What says that a server cannot be reached, as opposed to being busy. */
const UNREACHABLE = new Set(['CIRCUIT_OPEN', 'RESOURCE_CREATE_FAILED']);

/**
 * A replica that may be away: its siblings stand in for it, then the primary. TypeORM chooses a replica at random for each
 * query and fails with it; it does not even start without all of them.
 */
export class Replica<C extends object> implements Lender<C> {
  /** @param standIns - in this order; the primary last */
  constructor(
    private readonly replica: DatabaseServer<C>,
    private readonly standIns: readonly DatabaseServer<C>[],
  ) {}

  tryAcquire(label: string | undefined): Lease<C> | undefined {
    return this.replica.tryAcquire(label);
  }

  async acquire(context?: AcquireContext): Promise<Lease<C>> {
    let reason: unknown;
    for (const server of this.inOrder()) {
      try {
        return await server.acquire(context);
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        reason = error;
      }
    }
    throw reason;
  }

  /** A server that is known to be away is asked last. Whether it is back is found out beside, so that no reader waits. */
  private inOrder(): DatabaseServer<C>[] {
    this.replica.lookAgain();
    const all = [this.replica, ...this.standIns];
    return [...all.filter(({ isAway }) => !isAway), ...all.filter(({ isAway }) => isAway)];
  }
}

/** A wait that was in vain because nothing could be created says so in its cause. */
function isUnreachable(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (code === 'POOL_TIMEOUT') return cause !== undefined;
  return typeof code === 'string' && UNREACHABLE.has(code);
}
