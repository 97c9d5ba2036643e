import { describe, expect, it } from '@jest/globals';

import { CircuitBreaker } from '../breaker/circuit-breaker.js';
import { ManualClock } from '../clock/manual-clock.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import { BackgroundTask } from '../task/background-task.js';
import { managedConnectionPool } from './managed-connection-pool.js';
import { ResourceManager } from './resource-manager.js';

interface Connection {
  readonly id: number;
  closed: boolean;
}

function setUp(): {
  clock: ManualClock;
  registry: ResourceRegistry;
  manager: ResourceManager;
  connections: Connection[];
  makePool: (name: string) => ConnectionPool<Connection>;
} {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock });
  const connections: Connection[] = [];
  const makePool = (name: string): ConnectionPool<Connection> =>
    new ConnectionPool<Connection>({
      name,
      clock,
      minSize: 2,
      maxSize: 3,
      create: () => {
        const connection = { id: connections.length, closed: false };
        connections.push(connection);
        return connection;
      },
      destroy: (connection) => void (connection.closed = true),
    });
  return { clock, registry, manager: new ResourceManager({ registry, clock }), connections, makePool };
}

describe('an application with a pool, a breaker and a task', () => {
  it('fills the pool before what depends on it starts, and closes it last', async () => {
    const { clock, registry, manager, connections, makePool } = setUp();
    const pool = registry.register('orders-db', makePool('orders-db'));
    registry.register('payments', new CircuitBreaker({ name: 'payments', clock }));
    const sizes: number[] = [];
    const run = ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
      sizes.push(pool.size);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    };
    registry.register('outbox', new BackgroundTask({ name: 'outbox', clock, run }), { dependsOn: ['orders-db'] });
    await manager.initialize();
    await clock.advance(0);
    expect([sizes, registry.list().map(({ critical }) => critical)]).toEqual([[2], [true, false, false]]);
    await manager.shutdown();
    expect(manager.report).toMatchObject({
      clean: true,
      registry: { closed: expect.arrayContaining(['outbox']) as unknown as string[] },
    });
    expect(manager.report?.registry.closed.at(-1)).toBe('orders-db');
    expect(connections.every(({ closed }) => closed)).toBe(true);
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('names who still held a connection when the time was over', async () => {
    const { clock, registry, manager, connections, makePool } = setUp();
    const pool = registry.register('orders-db', makePool('orders-db'));
    await manager.initialize();
    await pool.acquire({ label: 'nightly export' });
    await clock.advance(400);
    const stopped = manager.shutdown({ timeout: 5_000 });
    await clock.advance(5_000);
    await stopped;
    expect(manager.report?.clean).toBe(false);
    expect(manager.report?.registry.holders).toMatchObject([{ resource: 'orders-db', label: 'nightly export' }]);
    expect(manager.report?.summary).toMatch(/still lent: orders-db to nightly export for \d+ ms/);
    expect(connections.every(({ closed }) => closed)).toBe(true);
    expect([clock.pending, clock.held]).toEqual([0, false]);
  });

  it('tells what happens to all of them in one stream', async () => {
    const { registry, manager, makePool } = setUp();
    registry.register('orders-db', makePool('orders-db'));
    await manager.initialize();
    await manager.shutdown();
    const types = registry.events.since(0).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['pool.resource.created', 'pool.started', 'resource.started', 'resource.closed']),
    );
    expect(types.at(0)).toBe('resource.registered');
    expect(types.at(-1)).toBe('application.stopped');
  });

  it('may have a pool for the length of a scope', async () => {
    const { registry, clock, connections, makePool } = setUp();
    {
      await using smtp = await managedConnectionPool(registry, 'smtp', makePool);
      expect(await smtp.resource.use(({ id }) => id)).toBeGreaterThanOrEqual(0);
      expect(registry.entry('smtp')).toMatchObject({ kind: 'pool', state: 'running' });
    }
    expect([registry.has('smtp'), connections.every(({ closed }) => closed), clock.pending]).toEqual([false, true, 0]);
  });
});
