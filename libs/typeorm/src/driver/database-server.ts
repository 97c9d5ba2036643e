import { EventEmitter } from 'node:events';
import {
  CircuitBreaker,
  ConnectionPool,
  inCleanContext,
  type AcquireOptions,
  type CircuitBreakerOptions,
  type CreateContext,
  type Lease,
  type PoolOptions,
  type VerbContext,
} from '@nestjs-resources/core';
import type { AcquireContext } from './acquire-context.js';
import type { ConnectionErrors } from './connection-errors.js';

/** How connections of a driver are made, judged and ended. */
export interface ConnectionVerbs<C extends object> {
  open(context: CreateContext): Promise<C>;
  /** Makes a connection fit for the next user; synchronous if there is nothing to do. */
  clean(connection: C, context: VerbContext): void | Promise<void>;
  ping(connection: C, context: VerbContext): Promise<void>;
  close(connection: C, context: VerbContext): Promise<void>;
}

export interface DatabaseServerOptions<C extends object> {
  /** Names of pool and breaker in the registry. */
  readonly names: { readonly pool: string; readonly breaker: string };
  readonly verbs: ConnectionVerbs<C>;
  readonly errors: ConnectionErrors;
  readonly pool: Omit<PoolOptions<C>, 'name' | 'create' | 'destroy' | 'validate' | 'reset'>;
  readonly breaker: CircuitBreakerOptions | false;
}

/** What TypeORM is told about connections, as pg's own pool tells it. */
interface ServerEvents {
  connect: [connection: object];
  error: [error: unknown, connection: object];
  remove: [connection: object];
}

/**
 * Milliseconds between attempts to reach a server that is down: the first, and the longest. They grow with the time that it
 * has been away, to a twentieth of it: what ends soon is noticed at once, what lasts is not asked for in vain all the time.
 * There is one attempt at a time, so that a server which answers nobody is asked no more often than attempts time out.
 */
const RECOVERY = { initial: 50, max: 1_000, factor: 1.05, jitter: 0.5 };

/** A server that goes away breaks each connection once; only what fails after that says that it is still away. */
const FAILURES_BEYOND_POOL = 5;

/**
 * One database server as the application sees it: the pool of connections to it, and the breaker that guards connecting.
 *
 * The breaker counts connections that could not be made and connections that broke. It refuses to connect; it does not take
 * away connections that work.
 */
export class DatabaseServer<C extends object> {
  readonly pool: ConnectionPool<C>;
  readonly breaker: CircuitBreaker | undefined;
  readonly events = new EventEmitter<ServerEvents>();
  private looking = false;

  constructor(private readonly options: DatabaseServerOptions<C>) {
    const { names, errors, verbs, pool } = options;
    this.breaker = makeBreaker(options);
    this.pool = new ConnectionPool<C>({
      ...pool,
      name: names.pool,
      create: (context) => this.open(context),
      destroy: (connection, context) => this.close(connection, context),
      validate: (connection, context) => verbs.ping(connection, context),
      reset: (connection, context) => verbs.clean(connection, context),
      destroyOnError: (error) => errors.isConnectionError(error),
      creation: {
        isFatal: (error) => errors.isFatal(error),
        whileOpen: 'fail',
        ...pool.creation,
        ...(this.breaker && { breaker: this.breaker }),
      },
    });
  }

  /** How often a connection was lent. */
  get lent(): number {
    return this.pool.getMetrics().acquired;
  }

  tryAcquire(label: string | undefined): Lease<C> | undefined {
    return this.pool.tryAcquire(label === undefined ? undefined : { label });
  }

  acquire(context: AcquireContext = {}): Promise<Lease<C>> {
    return this.pool.acquire(acquireOptions(context));
  }

  /** Closes all connections, lent ones when they come back or after `timeout` milliseconds. It can be used again. */
  async disconnect(timeout: number): Promise<void> {
    if (this.pool.state === 'closing' || this.pool.state === 'closed') return;
    const drained = await this.pool.drain({ timeout }).then(
      () => true,
      () => false,
    );
    await this.pool.evict(undefined, { hard: !drained });
  }

  /** Serves again after {@link disconnect}. */
  reconnect(): void {
    if (this.pool.state === 'draining') this.pool.resume();
  }

  /** Whether it is known that it cannot be reached. */
  get isAway(): boolean {
    return this.breaker?.state === 'open';
  }

  /** Tries to reach a server that was away, if it is time to: as long as others stand in for it, nobody else does. */
  lookAgain(): void {
    if (!this.isAway || this.looking || (this.breaker?.retryAfter ?? 0) > 0) return;
    void this.look();
  }

  /** Counts a failure of the server that no connection tells by itself. */
  suspect(error: unknown): void {
    this.breaker?.execute(() => Promise.reject(error)).catch(() => 'The breaker has counted it; there is no caller.');
  }

  private async look(): Promise<void> {
    this.looking = true;
    const label = `whether ${this.pool.name} is back`;
    const lease = await this.acquire({ label }).catch(() => undefined);
    this.looking = false;
    lease?.release();
  }

  private async open({ died, signal }: CreateContext): Promise<C> {
    let opened: C | undefined;
    const lost = (reason: unknown): void => {
      if (opened) this.broke(opened, reason);
      died(reason);
    };
    // The connection outlives whoever happens to ask for it first, and must not carry his context to the others.
    opened = await inCleanContext(() => this.options.verbs.open({ died: lost, signal }));
    this.events.emit('connect', opened);
    return opened;
  }

  private async close(connection: C, context: VerbContext): Promise<void> {
    await this.options.verbs.close(connection, context);
    this.events.emit('remove', connection);
  }

  private broke(connection: C, reason: unknown): void {
    this.suspect(reason);
    if (this.events.listenerCount('error') > 0) this.events.emit('error', reason, connection);
  }
}

function makeBreaker<C extends object>(options: DatabaseServerOptions<C>): CircuitBreaker | undefined {
  const { breaker, names, errors, pool } = options;
  if (breaker === false) return undefined;
  return new CircuitBreaker({
    failureThreshold: (pool.maxSize ?? 10) + FAILURES_BEYOND_POOL,
    recoveryTimeout: RECOVERY,
    ...breaker,
    name: names.breaker,
    outcome: { isIgnored: (error) => errors.isFatal(error), ...breaker.outcome },
  });
}

/** Keys that are absent stay absent: the pool takes its defaults for those only. */
function acquireOptions({ timeout, signal, label }: AcquireContext): AcquireOptions {
  return {
    ...(timeout !== undefined && { timeout }),
    ...(signal && { signal }),
    ...(label !== undefined && { label }),
  };
}
