import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { ResourceEvents } from '../events/resource-events.js';
import { ResourceGraph } from './resource-graph.js';
import { ResourceRegistry } from './resource-registry.js';

/** Each resource depends on up to four of those before it, chosen by a fixed rule. */
function register(registry: ResourceRegistry, size: number): number {
  let edges = 0;
  for (let index = 0; index < size; index++) {
    const count = Math.min(index, index % 5);
    const dependsOn = Array.from({ length: count }, (_, turn) => `r${(index * 7919 + turn * 104_729) % index}`);
    edges += new Set(dependsOn).size;
    const start = index % 3 === 0 ? (): Promise<void> => Promise.resolve() : (): void => undefined;
    registry.register(`r${index}`, { start }, { dependsOn });
  }
  return edges;
}

describe('the work of a start and a close', () => {
  afterEach(() => void jest.restoreAllMocks());

  it.each([500, 2_000])(
    'looks at each of the edges of %i resources a fixed number of times',
    async (size) => {
      const before = jest.spyOn(ResourceGraph.prototype, 'before');
      const looks = (): number => {
        const count = before.mock.results.reduce((sum, { value }) => sum + (value as readonly unknown[]).length + 1, 0);
        before.mockClear();
        return count;
      };
      const clock = new ManualClock();
      const registry = new ResourceRegistry({ clock, events: new ResourceEvents({ clock, capacity: 1 }) });
      const edges = register(registry, size);
      await registry.start();
      expect(looks()).toBeLessThanOrEqual(3 * (size + edges));
      expect((await registry.close()).closed).toHaveLength(size);
      expect(looks()).toBeLessThanOrEqual(size + edges);
    },
    30_000,
  );
});
