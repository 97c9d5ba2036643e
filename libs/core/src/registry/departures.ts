import type { Clock } from '../clock/clock.js';
import { ResourceError } from '../errors/resource.error.js';
import type { CloseReport } from '../resource/close-report.js';
import { closeTime } from './close-time.js';
import { reportOf } from './node-end.js';
import type { ResourceGraph } from './resource-graph.js';
import type { ResourceNode } from './resource-node.js';
import type { StartAll } from './start-all.js';

/** Who leaves while the others stay. A node that is leaving keeps its name, and its place in the order, until it has closed. */
export class Departures {
  private readonly leaving = new Set<ResourceNode>();

  constructor(
    private readonly graph: ResourceGraph<ResourceNode>,
    private readonly starter: StartAll,
    private readonly clock: Clock,
  ) {}

  has(node: ResourceNode): boolean {
    return this.leaving.has(node);
  }

  /** Names of what runs, or may run soon, and depends on `node`. */
  dependantsOf(node: ResourceNode): string[] {
    return [...this.graph.behind(node)]
      .filter((other) => other.dependsOn(node) && this.isAlive(other))
      .map(({ name }) => name);
  }

  /** Closes `node` and takes it out. */
  async release(node: ResourceNode): Promise<CloseReport | undefined> {
    const { name } = node;
    const began = this.clock.now();
    const reason = new ResourceError(`Resource '${name}' was unregistered.`, {
      code: 'RESOURCE_UNREGISTERED',
      resource: name,
    });
    this.leaving.add(node);
    const closed = node.close(closeTime(began, Infinity), reason);
    this.starter.forget(node, reason);
    const end = await closed;
    this.graph.remove(node);
    this.leaving.delete(node);
    node.emit({ type: 'resource.unregistered' });
    return reportOf(end, this.clock.now() - began);
  }

  /** Also one that failed because its start took too long, while that start goes on. */
  private isAlive(node: ResourceNode): boolean {
    const { state, hasLeftovers } = node;
    return state === 'running' || state === 'closing' || hasLeftovers || this.starter.isUnderWay(node);
  }
}
