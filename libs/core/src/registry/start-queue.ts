import type { ResourceGraph } from './resource-graph.js';
import type { ResourceNode } from './resource-node.js';

/**
 * Who may start next: those before whom nothing is under way any more. Runs nothing.
 *
 * Each node keeps the set of what it still waits for, so that an edge is looked at once when the node is added and once when
 * its other end has settled.
 */
export class StartQueue {
  private readonly blockers = new Map<ResourceNode, Set<ResourceNode>>();
  private ready: ResourceNode[] = [];
  private taken = 0;

  constructor(private readonly graph: ResourceGraph<ResourceNode>) {}

  get isEmpty(): boolean {
    return this.blockers.size === 0;
  }

  has(node: ResourceNode): boolean {
    return this.blockers.has(node);
  }

  /** Adds nodes that are not under way. Each waits for what comes before it and is. */
  add(nodes: ReadonlySet<ResourceNode>): void {
    for (const node of nodes) this.blockers.set(node, new Set());
    for (const [node, blockers] of this.blockersOf(nodes)) {
      for (const before of this.graph.before(node)) if (this.isUnderWay(before)) blockers.add(before);
      if (blockers.size === 0) this.ready.push(node);
    }
  }

  /** Whether `node` is starting or waits here. */
  isUnderWay(node: ResourceNode): boolean {
    return this.has(node) || node.state === 'starting';
  }

  /** Takes out the next that may start. */
  next(): ResourceNode | undefined {
    while (this.taken < this.ready.length) {
      const node = this.ready[this.taken++];
      if (node && this.blockers.delete(node)) return node;
    }
    this.ready = [];
    this.taken = 0;
    return undefined;
  }

  /** Whether it runs or not, nobody waits for `node` any more. */
  settled(node: ResourceNode): void {
    for (const behind of this.graph.behind(node)) {
      const blockers = this.blockers.get(behind);
      if (blockers?.delete(node) && blockers.size === 0) this.ready.push(behind);
    }
  }

  remove(node: ResourceNode): void {
    this.blockers.delete(node);
  }

  clear(): void {
    this.blockers.clear();
  }

  private *blockersOf(nodes: ReadonlySet<ResourceNode>): Iterable<[ResourceNode, Set<ResourceNode>]> {
    for (const node of nodes) {
      const blockers = this.blockers.get(node);
      if (blockers) yield [node, blockers];
    }
  }
}
