import { describe, expect, it } from '@jest/globals';

import { CircuitBreaker } from '../breaker/circuit-breaker.js';
import { ManualClock } from '../clock/manual-clock.js';
import { ResourceEvents } from '../events/resource-events.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import { BackgroundTask } from '../task/background-task.js';
import { managedConnectionPool } from './managed-connection-pool.js';
import { managedResource } from './managed-resource.js';
import { ResourceManager } from './resource-manager.js';

const rubbish: readonly unknown[] = [undefined, null, 5, 'later', {}, 10n, Symbol('hook')];

describe('what is used wrongly', () => {
  it.each([null, 5, []])('is made of nothing: %p', (options) => {
    for (const Class of [BackgroundTask, CircuitBreaker, ConnectionPool]) {
      expect(() => new Class(options as never)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
    }
  });

  it('has a symbol for its name', () => {
    for (const Class of [BackgroundTask, CircuitBreaker, ConnectionPool]) {
      expect(() => new Class({ name: Symbol('s') } as never)).toThrow('name: must be a non-empty text');
    }
  });

  it.each(rubbish)('is refused as a hook, or as a listener: %p', (wrong) => {
    const manager = new ResourceManager({ registry: new ResourceRegistry() });
    const refused = 'must be a function, got';
    expect(() => manager.addStartupHook(wrong as never)).toThrow(refused);
    expect(() => manager.addShutdownHook(wrong as never)).toThrow(refused);
    expect(() => new ResourceEvents().subscribe(wrong as never)).toThrow(refused);
  });

  it.each([undefined, null, {}, { registry: 5 }])('is a manager without a registry: %p', (options) => {
    expect(() => new ResourceManager(options as never)).toThrow('registry: must be a ResourceRegistry');
  });

  it.each([null, NaN, -1, '5', 10n])('is no reason not to shut down: a timeout of %p', async (timeout) => {
    const clock = new ManualClock();
    const manager = new ResourceManager({ registry: new ResourceRegistry({ clock }), clock });
    await manager.shutdown({ timeout: timeout as number });
    expect([manager.phase, manager.report?.clean]).toEqual(['stopped', true]);
  });

  it.each([undefined, null, 5])('is nothing that could be managed: %p', async (wrong) => {
    const registry = new ResourceRegistry();
    const refusal = { code: 'OPTIONS_INVALID' };
    await expect(managedResource(registry, 'a', wrong as never)).rejects.toMatchObject(refusal);
    await expect(managedConnectionPool(registry, 'a', () => wrong as never)).rejects.toMatchObject(refusal);
    expect(registry.has('a')).toBe(false);
  });
});
